// What protecting a service brings along: no framework, and no package at all.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Every file that comes along, and what is imported from outside. */
function follow(file: string, seen = new Set<string>(), outside = new Set<string>()) {
  if (seen.has(file)) return { seen, outside };
  seen.add(file);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g)) {
    if (specifier.startsWith('.')) follow(resolve(dirname(file), specifier), seen, outside);
    else outside.add(specifier);
  }
  return { seen, outside };
}

test.each(['verifier', 'koa', 'express', 'fastify', 'fetch', 'hono'])('imports: %s needs nothing else', (entry) => {
  const { seen, outside } = follow(resolve('sdk/src', `${entry}.ts`));
  expect(seen.size).toBeGreaterThan(8);
  expect([...outside]).toEqual([]);
});
