// test/harness/latchkey.ts: the command, with the test for a terminal.
import { Readable } from 'node:stream';
import { runCommand } from '../../src/cli/program.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Resolves when the command has ended. `input` is its standard input. */
export function latchkey(databaseUrl: string, words: readonly string[], input = ''): Promise<Ran> {
  return latchkeyWith({ DATABASE_URL: databaseUrl, SECRETS: 'a secret that only the tests may know' }, words, input);
}

export async function latchkeyWith(
  env: Record<string, string>,
  words: readonly string[],
  input = '',
  interrupted?: AbortSignal,
): Promise<Ran> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  let code = 0;
  const terminal = {
    env,
    stdin: Readable.from([input]),
    ...(interrupted && { interrupted }),
    out: (text: string) => void stdout.push(text),
    err: (text: string) => void stderr.push(text),
    fail: () => {
      code = 1;
    },
  };
  await runCommand(words, terminal, async () => {});
  return { stdout: stdout.join(''), stderr: stderr.join(''), code };
}
