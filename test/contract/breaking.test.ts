// What breaks the contract of a release is found, and what does not is let through.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { findBreaks } from '../../scripts/contract-changes/breaks.ts';
import { readContract } from '../../scripts/contract-changes/contract.ts';
import { judge, latestRelease, mayBreak } from '../../scripts/contract-changes/releases.ts';
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
  const released = latestRelease(await readdir('contract')) ?? 'none';
  const before = readContract(parse(await readFile(`contract/${released}.yaml`, 'utf8')));
  expect(judge({ version: packageJson.version, released, breaks: findBreaks(before, contract) })).toMatchObject({
    isKept: true,
  });
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
  expect(judge({ version: '0.1.1', released: '0.1.0', breaks })).toEqual({
    isKept: false,
    text:
      'openapi.yaml breaks what contract/0.1.0.yaml has promised:\n  getMe (GET /me): the operation is gone.\n' +
      'Keep the promise, or raise the version in package.json (0.1.1): a major one may break, below 1.0.0 a minor one.\n',
  });
});

test('breaking: a version that may break, the check passes and still says what', () => {
  const breaks = ['getMe (GET /me): the operation is gone.'];
  expect(judge({ version: '0.2.0', released: '0.1.0', breaks })).toEqual({
    isKept: true,
    text: '0.2.0 may break what 0.1.0 has promised, and does:\n  getMe (GET /me): the operation is gone.\n',
  });
});
