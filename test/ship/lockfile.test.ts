// test/ship/lockfile.test.ts: what is installed, by the lock file: where from, how old at most, and what may run.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { floors } from './floors.ts';
import { belowFloors, type Lockfile, lintLockfile, lockfile, packagesOf, shippedPackages } from './lockfile.ts';

const Names = z.record(z.string(), z.string());
const Manifest = z.object({
  scripts: Names,
  engines: z.object({ node: z.string() }),
  dependencies: Names,
  devDependencies: Names,
  optionalDependencies: Names,
});
const manifest = Manifest.parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** The lock file with other words about one package. */
function withPackage(path: string, changes: object): Lockfile {
  const before = lockfile.packages[path] ?? {
    link: false,
    dev: false,
    optional: false,
    devOptional: false,
    hasInstallScript: false,
  };
  return { ...lockfile, packages: { ...lockfile.packages, [path]: { ...before, ...changes } } };
}

test('lockfile: every package has a strong digest, and none an address', () => {
  expect(lintLockfile(lockfile)).toEqual([]);
  expect(packagesOf(lockfile).length).toBeGreaterThan(400);
});

const KOA = 'node_modules/koa';

test.each([
  ['no digest', { integrity: undefined }],
  ['a weak digest', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }],
  ['another host', { resolved: 'https://packages.example/koa.tgz' }],
  ['a repository', { resolved: 'git+ssh://git@git.example/koa.git#0000000' }],
  ['a file', { resolved: 'file:../koa', link: true }],
  ['no version', { version: 'next' }],
])('lockfile: a package with %s is found', (_, changes) => {
  expect(lintLockfile(withPackage(KOA, changes)).join('\n')).toContain(KOA);
});

test('lockfile: an older form of the file is found', () => {
  expect(lintLockfile({ ...lockfile, lockfileVersion: 2 })).toEqual(['lockfileVersion is 2, not 3']);
});

test('lockfile: no package is older than what the advisories leave standing', () => {
  expect(belowFloors(lockfile, floors)).toEqual([]);
});

test.each(floors)('lockfile: $name below $atLeast is found, with $advisory', (floor) => {
  const path = `node_modules/${floor.name}`;
  for (const version of ['0.0.9', `${floor.atLeast}-rc.1`]) {
    const found = belowFloors(withPackage(path, { version }), [floor]);
    expect(found).toContain(`${path} is ${version}: ${floor.advisory} is mended in ${floor.atLeast}`);
  }
  expect(belowFloors(withPackage(path, { version: floor.atLeast }), [floor])).toEqual([]);
});

test('lockfile: a second copy, within another package, is looked at too', () => {
  const path = 'node_modules/co-body/node_modules/qs';
  expect(belowFloors(withPackage(path, { version: '6.9.7' }), floors).join('\n')).toContain(`${path} is 6.9.7`);
});

test('lockfile: every floor is under something that is installed', () => {
  const names = new Set(packagesOf(lockfile).map(({ name }) => name));
  expect(floors.filter(({ name }) => !names.has(name))).toEqual([]);
});

test('lockfile: what only tests need is not shipped, and what reflects any origin is not there at all', () => {
  const shipped = shippedPackages.map(({ name }) => name);
  for (const name of ['jsonwebtoken', 'jwks-rsa', 'express', 'fastify', 'hono', 'oidc-provider', 'vite', 'vitest']) {
    expect(shipped).not.toContain(name);
  }
  expect(packagesOf(lockfile).filter(({ name }) => name === '@koa/cors')).toEqual([]);
});

test('lockfile: qs, which is installed with the parser of bodies, is asked for nothing', () => {
  const body = readFileSync('src/http/body.ts', 'utf8');
  expect(body).toContain("enableTypes: ['text']"); // only its form parser uses qs
  expect(shippedPackages.map(({ name }) => name)).toContain('qs');
});

/** Why each works although its script does not run. */
const withoutTheirScripts: Readonly<Record<string, string>> = {
  argon2: 'prebuilds/linux-x64',
  bcrypt: 'prebuilds/linux-x64',
  '@scarf/scarf': 'report.js', // counts downloads: nothing is missing without it
};

test('lockfile: no script of a package runs, and none that is shipped needs to', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
  const scripted = shippedPackages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
  expect(scripted.toSorted()).toEqual(Object.keys(withoutTheirScripts).toSorted());
  for (const [name, brings] of Object.entries(withoutTheirScripts)) {
    expect(existsSync(`node_modules/${name}/${brings}`), name).toBe(true);
  }
});

test('manifest: installing it runs nothing of ours', () => {
  const hooks = Object.keys(manifest.scripts).filter((name) => /^(pre|post|install$|prepare$)/.test(name));
  expect(hooks).toEqual([]);
});

test('manifest: versions are exact, and those of the lock file', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const wanted = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  expect(wanted.filter(([name, version]) => lockfile.packages[`node_modules/${name}`]?.version !== version)).toEqual(
    [],
  );
});
