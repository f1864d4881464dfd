// What is there to be read in the contract by somebody who does not know the service.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const Parameter = z.object({ name: z.string(), description: z.string().default('') });
const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().default(''),
  parameters: z.array(Parameter).default([]),
});
const Contract = z.object({
  info: z.object({ description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

const { info, tags, paths } = Contract.parse(parse(await readFile('openapi.yaml', 'utf8')));
const operations = Object.values(paths).flatMap((methods) => Object.values(methods));

test('openapi texts: the document, its tags and its parameters are described', () => {
  const bare = operations.flatMap(({ operationId, parameters }) =>
    parameters.filter(({ description }) => description === '').map(({ name }) => `${operationId} ${name}`),
  );
  expect(bare).toEqual([]);
  expect([info, ...tags].filter(({ description }) => description === '')).toEqual([]);
});

test('openapi texts: no two operations have the same summary, and no description repeats it', () => {
  const summaries = operations.map(({ summary }) => summary);
  expect(summaries.filter((summary, at) => summary === '' || summaries.indexOf(summary) !== at)).toEqual([]);
  expect(operations.filter(({ summary, description }) => description.startsWith(summary))).toEqual([]);
});

test('openapi texts: the linter is as strict as it comes, with no exception', async () => {
  expect(parse(await readFile('redocly.yaml', 'utf8'))).toEqual({ extends: ['recommended-strict'], telemetry: 'off' });
  expect(existsSync('.redocly.lint-ignore.yaml')).toBe(false);
});
