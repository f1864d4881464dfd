// The package as it is published: its size, its dependencies, its types.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

/** Minified, after gzip. */
const LIMIT = 6_000;

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

async function bundle(input: string): Promise<string> {
  const build = await rolldown({ input, platform: 'browser' });
  const { output } = await build.generate({ minify: true, comments: false, format: 'esm' });
  await build.close();
  return output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('');
}

test.each(['latchkey', 'client'])('size: %s is under 6 kB', async (entry) => {
  const code = await bundle(`sdk/src/${entry}.ts`);
  const { length } = gzipSync(code, { level: 9 });
  process.stdout.write(`latchkey-sdk, ${entry}.ts, minified and gzipped: ${length} bytes\n`);
  expect(length).toBeLessThan(LIMIT);
});

test('size: nothing of Node is in it, and nothing of the verifier', async () => {
  const code = await bundle('sdk/src/latchkey.ts');
  expect(code).not.toMatch(/\bnode:|\brequire\(|\bBuffer\b|\bjose\b/);
});

test('package: its dependencies are the versions that are tested here', () => {
  const [published, root] = [read('sdk/package.json'), read('package.json')];
  const tested = { ...root.dependencies, ...root.devDependencies };
  expect(published.version).toBe(root.version);
  for (const [name, version] of Object.entries(published.dependencies))
    expect([name, tested[name]]).toEqual([name, version]);
});

test('package: what it exports has a source', () => {
  const { exports } = read('sdk/package.json');
  const names = Object.keys(exports).map((path) => (path === '.' ? 'latchkey' : path.slice('./'.length)));
  expect(names).toEqual(['latchkey', 'client', 'verifier', 'koa', 'express', 'fastify', 'fetch', 'hono']);
  for (const [at, entry] of Object.values(exports).entries()) {
    expect(entry).toEqual({ types: `./dist/${names[at]}.d.ts`, default: `./dist/${names[at]}.js` });
    expect(() => readFileSync(`sdk/src/${names[at]}.ts`)).not.toThrow();
  }
});
