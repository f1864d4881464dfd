// What is committed is what the sources say: nobody has to build anything to see the demo.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, onTestFinished, test } from 'vitest';

const COMMITTED = 'examples/spa/dist';
const MOST_BYTES = 25_000;

function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

test('demo: built again, gives the files that are committed', { timeout: 120_000 }, async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'latchkey-demo-build-'));
  onTestFinished(() => rmSync(outDir, { recursive: true }));
  await build({ configFile: 'examples/spa/vite.config.ts', build: { outDir } });
  const [committed, built] = [contentsOf(COMMITTED), contentsOf(outDir)];
  expect(Object.keys(committed)).toEqual(['app.css', 'app.js', 'index.html']);
  for (const [file, text] of Object.entries(built)) {
    expect(committed[file] === text, `${file} is another now: npm run demo:build`).toBe(true);
  }
  expect(Object.keys(built)).toEqual(Object.keys(committed));
});

test('demo: all of its JavaScript stays small', () => {
  const { length } = gzipSync(readFileSync(join(COMMITTED, 'app.js')));
  process.stdout.write(`examples/spa/dist/app.js: ${(length / 1000).toFixed(1)} kB gzip\n`);
  expect(length).toBeLessThan(MOST_BYTES);
});

test('demo: the page holds no script and no style of its own, and no source map is named', () => {
  const { 'index.html': page = '', 'app.js': script = '', 'app.css': style = '' } = contentsOf(COMMITTED);
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
  expect(script + style).not.toContain('sourceMappingURL');
  expect(style).not.toMatch(/@import|url\(/);
});
