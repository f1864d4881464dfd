// test/ship/dockerfile.ts: the instructions of the Dockerfile, for tests that do without Docker.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

const Words = z.array(z.string()).nonempty();

/** One a line, without comments; a backslash at its end carries a line on. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const whole = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  return [...whole.matchAll(/^([A-Z]+) +(.+)$/gm)].map(([, name = '', rest = '']) => ({ name, text: rest }));
}

const instructions = parseDockerfile(readFileSync('Dockerfile', 'utf8'));
const lastStage = instructions.findLastIndex(({ name }) => name === 'FROM');

/** What stands before the stage that is shipped. */
export const build = instructions.slice(0, lastStage);
/** The stage that is shipped, with its FROM. */
export const shipped = instructions.slice(lastStage);

/** What follows each instruction of that name. */
export function all(stage: readonly Instruction[], name: string): string[] {
  return stage.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** Throws unless there is one. */
export function only(stage: readonly Instruction[], name: string): string {
  const [first, ...more] = all(stage, name);
  if (first === undefined || more.length > 0) throw new Error(`There is not one ${name}.`);
  return first;
}

/** The words of an instruction in exec form. Throws when a shell would read it. */
export function execForm(text: string): string[] {
  return Words.parse(JSON.parse(text));
}

export interface Copied {
  /** Of an earlier stage; null: from the folder of the Dockerfile. */
  readonly stage: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export const copied: Copied[] = all(shipped, 'COPY').map((text) => {
  const [, stage = null, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
  const words = paths.split(' ');
  return { stage, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
});

/** Whether the builder gets to see a file: the last pattern that fits it, or a folder around it, decides. */
export function isSent(path: string, patterns: readonly string[]): boolean {
  const parts = path.split('/');
  const around = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
  const deciding = patterns.findLast((pattern) => around.some((name) => fits(name, pattern.replace(/^!/, ''))));
  return deciding === undefined || deciding.startsWith('!');
}

/** A star is whatever is no slash, and a name that begins with a dot is like any other. */
function fits(name: string, pattern: string): boolean {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^/]*')}$`).test(name);
}
