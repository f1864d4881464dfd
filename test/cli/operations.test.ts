// The page for emergencies is read in a hurry: every command on it exists, with the options that it shows.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { latchkey } from '../harness/latchkey.ts';

const page = readFileSync('docs/operations.md', 'utf8');
const commands = new Set([...page.matchAll(/npx latchkey ([a-z][^`\n#]*)/g)].map(([, words = '']) => words.trim()));

test('operations: the page shows the commands that end sessions', () => {
  expect([...commands].filter((command) => command.startsWith('session end'))).toHaveLength(4);
});

test.each([...commands])('operations: latchkey %s exists', async (command) => {
  const words = command.split(/\s+/);
  const { stdout, code } = await latchkey('sqlite::memory:', [...words.slice(0, 2), '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: latchkey ${words.slice(0, 2).join(' ')}`);
  for (const option of words.filter((word) => word.startsWith('--'))) expect(stdout).toContain(option);
});
