// test/harness/tools.ts: programs that some tests need and npm does not bring: where they are, and the Debian packages that
// bring them. Tests skip without them (`needs`); scripts/test-tools.ts installs them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export interface Tool {
  readonly name: string;
  /** Debian's. */
  readonly packages: readonly string[];
  /** What is left to do when the packages are installed; the first failure ends it. */
  readonly steps?: readonly (readonly string[])[];
  /** The path of its program; null where it is missing. */
  find(): string | null;
}

/** `sbin` is not on everybody's PATH. */
function inPath(...names: readonly string[]): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/sbin'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync) ?? null;
}

export const chromium: Tool = {
  name: 'Chromium',
  packages: ['chromium'],
  find: () => inPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'),
};
export const redis: Tool = { name: 'Redis', packages: ['redis-server'], find: () => inPath('redis-server') };
export const nginx: Tool = { name: 'nginx', packages: ['nginx'], find: () => inPath('nginx') };
export const haproxy: Tool = { name: 'HAProxy', packages: ['haproxy'], find: () => inPath('haproxy') };

const venv = resolve(import.meta.dirname, '../../node_modules/.cache/latchkey-python');
const requirements = resolve(import.meta.dirname, '../../examples/flask-api/requirements.txt');
const MODULES = 'import flask, jwt, cryptography; assert hasattr(jwt, "PyJWKClient")';

/** Debian 12 has releases that are older than those that the example needs, so pip installs them beside the project. */
export const flask: Tool = {
  name: 'Flask',
  packages: ['python3', 'python3-venv'],
  steps: [
    ['python3', '-m', 'venv', venv],
    [join(venv, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
  ],
  find() {
    const pythons = [process.env.PYTHON, join(venv, 'bin/python'), inPath('python3')];
    const canRun = (python: string | null | undefined) => python && spawnSync(python, ['-c', MODULES]).status === 0;
    return pythons.find(canRun) ?? null;
  },
};

export const tools: readonly Tool[] = [chromium, redis, nginx, haproxy, flask];

/** Options of a test that needs the tool: without it the test is skipped, and the summary of the run says why. */
export function needs(tool: Tool) {
  return tool.find() === null ? { skip: true, meta: { missingTool: tool.name } } : {};
}
