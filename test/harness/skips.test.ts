// A test that is skipped for a tool is seen: the run says which tool, and fails where the tool could have been installed.
import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { newFolder } from './folder.ts';
import { countSkips, explainSkips, type Finished, missedTools, skipLines } from './skips.ts';

const ran = (name: string): Finished => ({ name, isSkipped: false });
const skipped = (name: string, missingTool?: string): Finished => ({ name, isSkipped: true, missingTool });

describe('skips', () => {
  test('a test that ran on the other database is no skip', () => {
    const skips = explainSkips([ran('a'), skipped('a'), skipped('b', 'nginx'), ran('b')]);
    expect([countSkips(skips), skipLines(skips)]).toEqual([0, []]);
  });

  test('a test that a missing tool keeps from both databases counts once, under the tool', () => {
    const tests = [
      skipped('a', 'nginx'),
      skipped('a'),
      skipped('b', 'nginx'),
      skipped('c', 'Redis'),
      skipped('c', 'Redis'),
    ];
    const skips = explainSkips(tests);
    expect(countSkips(skips)).toBe(3);
    expect(skipLines(skips)).toEqual([
      '2 skipped: nginx is missing; `npm run tools` installs it',
      '1 skipped: Redis is missing; `npm run tools` installs it',
    ]);
  });

  test('a test that ran nowhere, and does not say why, is named', () => {
    const skips = explainSkips([skipped('x.test.ts > a'), skipped('x.test.ts > a')]);
    expect(skipLines(skips)).toEqual([
      '1 skipped: for another database or machine, or left out by a filter',
      '  x.test.ts > a',
    ]);
  });

  test('only tools that have to be there are missed', () => {
    const skips = explainSkips([skipped('a', 'nginx'), skipped('b', 'Redis')]);
    expect(missedTools(skips, 'Chromium,Redis')).toEqual(['Redis']);
    expect(missedTools(skips, '')).toEqual([]);
    expect(missedTools(skips, undefined)).toEqual([]);
  });
});

/** Vitest with our summary, on one test that needs a tool that nobody has. */
async function runWithout(required: string) {
  const root = newFolder();
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const reporter = resolve('test/harness/summary-reporter.ts');
  const config = `import { SummaryReporter } from '${reporter}'; export default { test: { reporters: [new SummaryReporter()] } };`;
  writeFileSync(join(root, 'vitest.config.ts'), config);
  const tests = `import { test } from 'vitest';
    test('runs', () => {});
    test('needs it', { skip: true, meta: { missingTool: 'Unobtainium' } }, () => {});`;
  writeFileSync(join(root, 'one.test.ts'), tests);
  const words = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', root];
  const env = { PATH: process.env.PATH, TEST_TOOLS_REQUIRED: required };
  const done = promisify(execFile)(process.execPath, words, { cwd: root, env });
  return done.then(
    ({ stdout }) => ({ stdout, code: 0 }),
    ({ stdout, code }: { stdout: string; code: number }) => ({ stdout, code }),
  );
}

test.each([
  ['', 0, '1 passed, 0 failed, 1 skipped'],
  ['Redis', 0, '1 passed, 0 failed, 1 skipped'],
  ['Redis,Unobtainium', 1, '1 passed, 1 failed, 1 skipped'],
])('summary: with the required tools "%s" a run without one ends with %i', async (required, code, last) => {
  const { stdout, code: ended } = await runWithout(required);
  expect(stdout).toContain('1 skipped: Unobtainium is missing; `npm run tools` installs it');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(last);
  expect(ended).toBe(code);
});
