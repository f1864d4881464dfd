// What breaks the contract of a release is found, and what does not is let through.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { findBreaks } from '../../scripts/contract-changes/breaks.ts';
import { checkContract } from '../../scripts/contract-changes/check.ts';
import { readContract } from '../../scripts/contract-changes/contract.ts';
import { judge, latestRelease, mayBreak } from '../../scripts/contract-changes/releases.ts';
import { newFolder } from '../harness/folder.ts';
import { responseBreaks } from './breaking/answers.ts';
import { type Edit, operation, schema, set } from './breaking/edits.ts';
import { harmless } from './breaking/harmless.ts';
import { operationBreaks } from './breaking/operations.ts';
import { requestBreaks } from './breaking/requests.ts';

const document: unknown = parse(await readFile('openapi.yaml', 'utf8'));
const contract = readContract(document);

function edited(edit: Edit): unknown {
  const copy: unknown = structuredClone(document);
  edit(copy);
  return copy;
}

const breaksOf = (edit: Edit) => findBreaks(contract, readContract(edited(edit)));

describe.each([
  ['operations', operationBreaks],
  ['answers', responseBreaks],
  ['requests', requestBreaks],
])('breaking: %s', (_, cases) => {
  const rows = cases.map(([change, edit, ...said]) => ({ change, edit, said }));
  test.each(rows)('$change: it is said where and what', ({ edit, said }) => {
    expect(breaksOf(edit)).toEqual(said);
  });
});

test.each(harmless)('breaking: %s: nothing is said', (_, edit) => {
  expect(breaksOf(edit)).toEqual([]);
});

test.each([
  ['a keyword that no rule knows', set(schema('Session', 'not'), { type: 'string' }), /No rule knows the keyword not/],
  [
    'a reference to nothing',
    set(schema('SessionList', 'properties', 'sessions', 'items'), { $ref: '#/nowhere' }),
    /#\/nowhere points to nothing/,
  ],
  [
    'a schema that is a part of itself',
    set(schema('Session', 'properties', 'ip'), { $ref: '#/components/schemas/Session' }),
    /is a part of itself/,
  ],
  ['an operation without a name', set(operation('get', '/me', 'operationId'), undefined), /operationId/],
])('breaking: %s: the contract is not compared', (_, edit, said) => {
  expect(() => readContract(edited(edit))).toThrow(said);
});

test('breaking: the contract of today keeps what the last release has promised', async () => {
  expect(await checkContract({ root: '.', version: packageJson.version })).toMatchObject({ isKept: true });
});

/** A folder as that of the project, with these contracts of releases in it. */
function newProject(releases: Readonly<Record<string, unknown>> = {}): string {
  const root = newFolder();
  copyFileSync('openapi.yaml', join(root, 'openapi.yaml'));
  if (Object.keys(releases).length > 0) mkdirSync(join(root, 'contract'));
  for (const [name, content] of Object.entries(releases)) writeContract(join(root, 'contract', name), content);
  return root;
}

function writeContract(path: string, content: unknown): string {
  writeFileSync(path, stringify(content, { aliasDuplicateObjects: false }));
  return path;
}

const gone = { operationId: 'getGone', security: [], responses: { 200: { description: 'Here.' } } };

/** What a release promised that had an operation more than there is today. */
const withMore = (version: string) =>
  edited((copy) => {
    set(['info', 'version'], version)(copy);
    set(['paths', '/gone'], { get: gone })(copy);
  });

const GONE = 'getGone (GET /gone): the operation is gone.';

test('breaking: before the first release the check passes and says so', async () => {
  const text = 'There is no release yet, and so no contract to keep.\n';
  expect(await checkContract({ root: newProject(), version: '0.1.0' })).toEqual({ isKept: true, text });
});

test('breaking: the last release is the one that is compared', async () => {
  const root = newProject({ '0.1.0.yaml': withMore('0.1.0'), '0.2.0.yaml': withMore('0.2.0') });
  const verdict = await checkContract({ root, version: '0.2.1' });
  expect(verdict.isKept).toBe(false);
  expect(verdict.text).toMatch(/^openapi\.yaml breaks what contract\/0\.2\.0\.yaml has promised:/);
  expect(verdict.text).toContain(GONE);
});

test('breaking: another contract is compared in place of the last release', async () => {
  const root = newProject({ '0.1.0.yaml': withMore('0.1.0') });
  const same = writeContract(join(root, 'same.yaml'), document);
  expect(await checkContract({ root, version: '0.1.0', against: same })).toEqual({ isKept: true, text: '' });
  const against = writeContract(join(root, 'more.yaml'), withMore('0.1.0'));
  const verdict = await checkContract({ root, version: '0.1.0', against });
  expect(verdict.text).toContain(`breaks what ${against} has promised:\n  ${GONE}\n`);
  expect(verdict.isKept).toBe(false);
});

test('breaking: as a command, it takes the file and ends with a code', async () => {
  const against = writeContract(join(newFolder(), 'more.yaml'), withMore(packageJson.version));
  const run = (...words: string[]) => promisify(execFile)(process.execPath, ['scripts/breaking.ts', ...words]);
  await expect(run('--against', against)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(GONE) });
  await expect(run('--against', 'openapi.yaml')).resolves.toMatchObject({ stderr: '' });
});

test.each([
  ['0.1.0', '0.1.0', false],
  ['0.1.1', '0.1.0', false],
  ['0.2.0', '0.1.9', true],
  ['1.0.0', '0.9.0', true],
  ['1.4.0', '1.3.0', false],
  ['2.0.0', '1.10.0', true],
  ['1.0.0', '2.0.0', false],
  ['0.1.0', '0.2.0', false],
])('breaking: %s after %s may break: %s', (version, released, may) => {
  expect(mayBreak(version, released)).toBe(may);
});

test.each([
  [['0.2.0.yaml', '0.10.0.yaml', '0.9.1.yaml'], '0.10.0'],
  [['1.0.0.yaml', '0.10.0.yaml', 'README.md', '2.0.0-next.yaml'], '1.0.0'],
  [[], null],
])('breaking: of the files %j the last release is %s', (files, last) => {
  expect(latestRelease(files)).toBe(last);
});

test('breaking: a patch that breaks something, the check fails and says what and why', () => {
  const breaks = ['getMe (GET /me): the operation is gone.'];
  expect(judge({ version: '0.1.1', released: '0.1.0', name: 'contract/0.1.0.yaml', breaks })).toEqual({
    isKept: false,
    text:
      'openapi.yaml breaks what contract/0.1.0.yaml has promised:\n  getMe (GET /me): the operation is gone.\n' +
      'Keep the promise, or raise the version in package.json (0.1.1): a major one may break, below 1.0.0 a minor one.\n',
  });
});

test('breaking: a version that may break, the check passes and still says what', () => {
  const breaks = ['getMe (GET /me): the operation is gone.'];
  expect(judge({ version: '0.2.0', released: '0.1.0', name: 'contract/0.1.0.yaml', breaks })).toEqual({
    isKept: true,
    text: '0.2.0 may break what 0.1.0 has promised, and does:\n  getMe (GET /me): the operation is gone.\n',
  });
});
