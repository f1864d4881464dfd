// test/sdk/verifier/linked-sdk.ts: a program of somebody else's, in a folder of its own, with the kit among its packages.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const entries = ['verifier', 'koa', 'express', 'fastify', 'fetch', 'hono'];

/** `latchkey-sdk/koa` is `sdk/src/koa.ts`: Node follows the link, and reads TypeScript outside of node_modules. */
export function newProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sdk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sdk = join(folder, 'node_modules', 'latchkey-sdk');
  mkdirSync(sdk, { recursive: true });
  const exports = Object.fromEntries(entries.map((entry) => [`./${entry}`, `./src/${entry}.ts`]));
  writeFileSync(join(sdk, 'package.json'), JSON.stringify({ name: 'latchkey-sdk', type: 'module', exports }));
  symlinkSync(resolve('sdk/src'), join(sdk, 'src'));
  for (const name of ['koa', '@koa', 'express', 'fastify', 'hono']) {
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return address.port;
}

interface Program {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it serves at. */
  readonly url: string;
}

/** Runs until the test is over; resolves when it answers. */
export async function startProgram({ command, parameters, cwd, env, url }: Program): Promise<void> {
  const child = spawn(command, parameters, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => void output.push(String(chunk)));
  onTestFinished(() => stop(child));
  for (let tries = 0; tries < 400; tries += 1) {
    if (await fetch(url).then(Boolean, () => false)) return;
    if (child.exitCode !== null) break;
    await new Promise((wait) => setTimeout(wait, 50));
  }
  throw new Error(`Nothing answers at ${url}: ${output.join('')}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolved) => child.once('exit', resolved));
  child.kill('SIGKILL');
  await exited;
}
