// Two generators that the project does not use itself: each makes a client from openapi.yaml, a program written against
// it is compiled, and the program has a real conversation.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { onPostgres, startService } from '../harness/service.ts';
import { CONTRACT, type GeneratedProject, openapiTs, swaggerTypescriptApi } from './generated-projects.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const DEADLINE_MS = 240_000;

/** As the generators' own guides have it for Node. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  noEmitOnError: true,
  outDir: 'out',
};

const run = promisify(execFile);

// What a generated client says and understands does not depend on the database.
describe.skipIf(onPostgres).each([
  ['@hey-api/openapi-ts', openapiTs],
  ['swagger-typescript-api', swaggerTypescriptApi],
] as const)('%s', (_, project) => {
  test(
    'generated client: signs up, signs in, refreshes, reads and is refused, all of it typed',
    async () => {
      const { config } = await startService();
      const folder = await build(project);
      const { stdout } = await run(process.execPath, ['out/program.js', `http://127.0.0.1:${config.port}`], {
        cwd: folder,
      });
      expect(JSON.parse(stdout)).toEqual({
        signedUp: 'ada@example.com',
        me: 'ada@example.com',
        asJson: 'Bearer',
        sentTypes: [JSON_TYPE, FORM_TYPE, FORM_TYPE, JSON_TYPE],
        isSameSession: true,
        isNextToken: true,
        currentSession: true,
        sessions: 3,
        taken: [409, 'email_taken'],
        wrong: 'invalid_grant',
        invalid: '/password',
      });
    },
    DEADLINE_MS,
  );
});

/** Rejects, with what the tool has printed, when the client cannot be generated or the program does not compile. */
async function build({ command, parameters, program }: GeneratedProject): Promise<string> {
  const folder = newProject({
    'package.json': JSON.stringify({ type: 'module' }),
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['program.ts', 'client'] }),
    'program.ts': program,
  });
  await runTool(folder, command, parameters);
  await runTool(folder, 'tsc', ['--project', folder]);
  return folder;
}

function newProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-generated-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  copyFileSync('openapi.yaml', join(folder, CONTRACT));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

async function runTool(cwd: string, command: string, parameters: readonly string[]): Promise<void> {
  await run(process.execPath, [resolve('node_modules/.bin', command), ...parameters], { cwd }).catch((error) => {
    throw new Error(`${command} failed:\n${error.stdout}${error.stderr}`);
  });
}
