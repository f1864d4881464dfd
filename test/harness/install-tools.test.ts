// Which tools are installed, and for which a skipped test is a failure afterwards.
import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installTools, type Machine } from '../../scripts/test-tools/install.ts';
import { newFolder } from './folder.ts';
import { needs, type Tool } from './tools.ts';

const here: Tool = { name: 'here', packages: ['here-server'], find: () => '/usr/bin/here' };
const gone: Tool = { name: 'gone', packages: ['gone-server'], find: () => null };
const stepped: Tool = {
  name: 'stepped',
  packages: ['python3'],
  steps: [
    ['make', 'it'],
    ['try', 'it'],
  ],
  find: () => null,
};

/** A machine on which programs fail whose words contain one of these. */
function openMachine({ failing = [], mayInstall = true }: { failing?: readonly string[]; mayInstall?: boolean } = {}) {
  const asked: string[] = [];
  const said: string[] = [];
  const machine: Machine = {
    mayInstall,
    run: async (words) => {
      asked.push(words.filter((word) => !word.startsWith('-') && !word.includes('=')).join(' '));
      return !failing.some((word) => words.includes(word));
    },
    say: (line) => void said.push(line),
  };
  const install = async (...tools: Tool[]) => (await installTools(tools, machine)).map(({ name }) => name);
  return { install, asked, said };
}

test('tools: nothing is missing, and nothing is asked', async () => {
  const { install, asked, said } = openMachine();
  expect(await install(here)).toEqual(['here']);
  expect([...asked, ...said]).toEqual([]);
});

test('tools: only what is missing is installed, and is required from then on', async () => {
  const { install, asked, said } = openMachine();
  expect(await install(here, gone, stepped)).toEqual(['here', 'gone', 'stepped']);
  expect(asked).toEqual([
    'apt-get update',
    'apt-get install gone-server',
    'apt-get install python3',
    'make it',
    'try it',
  ]);
  expect(said).toEqual(['Missing: gone, stepped. Installing gone-server python3']);
});

test('tools: apt answers but does not install the package, the tool is required all the same', async () => {
  const { install, said } = openMachine({ failing: ['gone-server'] });
  expect(await install(gone)).toEqual(['gone']);
  expect(said).toContain('apt-get could not install gone-server.');
});

test('tools: apt does not answer, only what is there is required', async () => {
  const { install, asked, said } = openMachine({ failing: ['update'] });
  expect(await install(here, gone)).toEqual(['here']);
  expect(asked).toEqual(['apt-get update']);
  expect(said.at(-1)).toBe('apt-get does not answer: tests that need gone are skipped.');
});

test('tools: another source than apt does not answer, its tool is not required', async () => {
  const { install, asked, said } = openMachine({ failing: ['make'] });
  expect(await install(gone, stepped)).toEqual(['gone']);
  expect(asked).not.toContain('try it');
  expect(said.at(-1)).toBe('make it failed: tests that need stepped are skipped.');
});

test('tools: without apt or root nothing is tried, and the command is said', async () => {
  const { install, asked, said } = openMachine({ mayInstall: false });
  expect(await install(here, gone)).toEqual(['here']);
  expect(asked).toEqual([]);
  expect(said).toEqual(['Missing: gone. Only root can install them here: apt-get install gone-server']);
});

test('tools: a test that needs a missing tool is skipped and says so, another runs', () => {
  expect(needs(gone)).toEqual({ skip: true, meta: { missingTool: 'gone' } });
  expect(needs(here)).toEqual({});
});

test('tools: the script runs where there is neither apt nor Python, and says on standard output what is required', () => {
  const folder = newFolder();
  symlinkSync(process.execPath, join(folder, 'node'));
  writeFileSync(join(folder, 'apt-get'), '#!/bin/sh\nexit 127\n');
  chmodSync(join(folder, 'apt-get'), 0o755);
  const words = ['scripts/test-tools.ts'];
  const stdout = execFileSync(join(folder, 'node'), words, { env: { PATH: folder }, encoding: 'utf8', stdio: 'pipe' });
  expect(stdout).toMatch(/^[\w,]*\n$/);
});
