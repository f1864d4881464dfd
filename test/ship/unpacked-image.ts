// test/ship/unpacked-image.ts: what the image holds, in a folder that whoever runs it can only read. Not even the Node
// comes from the checkout, which may lie in a home directory that nobody else can enter.
import { execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { all, build, copied } from './dockerfile.ts';
import { lockfile, shippedPackages } from './lockfile.ts';

/** In no list of users: what Kubernetes may choose. */
const SOMEBODY = 54_321;
const isRoot = process.getuid?.() === 0;

export type Image = ReturnType<typeof unpackImage>;

/** Lives until it is removed; what runs in it, until the test is over. */
export function unpackImage() {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-image-'));
  const app = join(root, 'app');
  mkdirSync(app);
  for (const { stage, sources, target } of copied) {
    for (const source of sources) {
      const from = stage === null ? source : join(root, source);
      if (stage !== null) make(source, from);
      cpSync(from, join(app, target === './' ? basename(source) : target), { recursive: true });
    }
  }
  const data = join(app, 'data');
  mkdirSync(data);
  bringNode(join(root, 'node'));
  protect(root, data);
  function remove(): void {
    execFileSync('chmod', ['-R', 'u+w', root]);
    rmSync(root, { recursive: true, force: true });
  }
  return {
    app,
    data,
    remove,
    files: () => filesIn(app, data),
    spawn: (words: string[], env = {}) => start(app, words, env),
  };
}

/** What the build makes in its first stage. */
function make(path: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (basename(path) === 'node_modules') installPackages(target);
  else runCommandFor(basename(path), dirname(target));
}

/** What `npm ci` does without what is for development, and the note that it leaves. */
function installPackages(target: string): void {
  for (const { path } of shippedPackages) {
    const nested = resolve(path, 'node_modules');
    const to = join(target, relative('node_modules', path));
    cpSync(path, to, { recursive: true, filter: (file) => resolve(file) !== nested });
  }
  const installed = new Set(shippedPackages.map(({ path }) => path));
  const packages = Object.entries(lockfile.packages).filter(([path]) => installed.has(path));
  const note = { name: 'latchkey', lockfileVersion: 3, requires: true, packages: Object.fromEntries(packages) };
  writeFileSync(join(target, '.package-lock.json'), JSON.stringify(note));
}

/** In a folder where there is nothing but what the first stage has copied and installed. */
function runCommandFor(name: string, cwd: string): void {
  const command = all(build, 'RUN').find((text) => text.endsWith(`> ${name}`));
  if (command === undefined) throw new Error(`No command makes ${name}.`);
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) copyFileSync(file, join(cwd, file));
  execFileSync('sh', ['-c', command], { cwd, env: { PATH: process.env.PATH, HOME: cwd, npm_config_offline: 'true' } });
}

function bringNode(target: string): void {
  try {
    linkSync(process.execPath, target);
  } catch {
    copyFileSync(process.execPath, target); // on another disk
  }
}

/** Whoever runs the service owns nothing of it but the data. Root could write everywhere, so it is somebody else. */
function protect(root: string, data: string): void {
  execFileSync('chmod', ['755', root]);
  execFileSync('chmod', ['-R', 'a+rX,a-w', join(root, 'app')]);
  execFileSync('chmod', ['700', data]);
  if (isRoot) execFileSync('chown', [`${SOMEBODY}:${SOMEBODY}`, data]);
}

/** The Node that is found on the path is that of the image. There is no home, and nothing temporary either. */
function start(app: string, [command = '', ...words]: string[], env: Record<string, string>) {
  const options: SpawnOptions = {
    cwd: app,
    env: { PATH: join(app, '..'), TMPDIR: app, HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot && { uid: SOMEBODY, gid: SOMEBODY }),
  };
  const child = spawn(command, words, options);
  const exited: Promise<unknown[]> = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  return { child, code: async () => (await exited)[0], said: () => said };
}

function filesIn(app: string, data: string): string[] {
  const entries = readdirSync(app, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return paths.filter((path) => !path.startsWith(`${data}/`)).toSorted();
}
