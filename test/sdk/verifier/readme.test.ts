// What the page says is run as it is printed.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bearer } from '../../harness/api.ts';
import { freePort, newProject, startProgram } from './linked-sdk.ts';
import { startWithClerk } from './orders.ts';

const [, page = ''] = readFileSync('sdk/README.md', 'utf8').split('\n## Protect a backend\n');
const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code);

function blockOf(words: string): string {
  const found = blocks.filter((code) => code.includes(words));
  if (found.length !== 1) throw new Error(`There are ${found.length} blocks with ${words}.`);
  return found[0] ?? '';
}

/** What a runtime does that is not Node. */
const runtime = (port: number) => `
import { createServer } from 'node:http';
import * as handlers from './orders.mjs';
const handle = handlers.GET ?? handlers.default.fetch;
createServer(async (incoming, outgoing) => {
  const response = await handle(new Request('http://orders.example' + incoming.url, { headers: incoming.headers }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
}).listen(${port});
`;

test.each(['koa', 'express', 'fastify', 'fetch', 'hono'])('page: the program for %s runs as printed', async (name) => {
  const { issuer, token, weakToken, user } = await startWithClerk();
  const port = await freePort();
  const code = blockOf(`latchkey-sdk/${name}'`)
    .replaceAll('http://localhost:3000', issuer)
    .replaceAll('3100', String(port));
  const cwd = newProject({ 'orders.mjs': code, 'runtime.mjs': runtime(port) });
  const url = `http://localhost:${port}/orders`;
  const file = code.includes('export ') ? 'runtime.mjs' : 'orders.mjs';
  await startProgram({ command: 'node', parameters: [file], cwd, url });

  const answer = await fetch(url, { headers: bearer(token) });
  expect([answer.status, await answer.text()]).toEqual([200, `orders of ${user.id}`]);
  expect((await fetch(url)).headers.get('www-authenticate')).toBe('Bearer realm="api"');
  const refused = await fetch(url, { headers: bearer(weakToken) });
  expect(refused.status).toBe(403);
  expect(refused.headers.get('www-authenticate')).toContain('scope="orders:read"');
});

test('page: the program without a framework runs as printed', async () => {
  const { issuer, token, weakToken, user } = await startWithClerk();
  const cwd = newProject({ 'orders.mjs': blockOf('process.argv').replaceAll('http://localhost:3000', issuer) });
  const run = (presented: string) => promisify(execFile)('node', ['orders.mjs', presented], { cwd });
  expect((await run(token)).stdout).toBe(`orders of ${user.id}\n`);
  await expect(run(weakToken)).rejects.toMatchObject({ stderr: expect.stringContaining('insufficient_scope') });
});

test('page: every block is run', () => {
  expect(blocks.length).toBe(6);
});
