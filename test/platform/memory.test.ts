// What the service does not take of the machine: measured by `npm run bench memory`, and held here by its causes.
import { execFileSync } from 'node:child_process';
import { memoryUsage } from 'node:process';
import { expect, test } from 'vitest';
import { giveBackMemory } from '../../src/platform/give-back-memory.ts';

test('memory: nothing of what the service imports loads undici', () => {
  const script = `await import('./src/service.ts'); await import('./src/server.ts');
    console.log(JSON.stringify(process.moduleLoadList.filter((name) => name.includes('undici'))))`;
  const words = ['--input-type=module', '--eval', script];
  expect(JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' }))).toEqual([]);
});

test('memory: what nothing refers to any more is given back', async () => {
  let garbage: number[] | null = Array.from({ length: 5_000_000 }, (_, index) => index + 0.5);
  const before = memoryUsage().heapUsed;
  expect(garbage).toHaveLength(5_000_000);
  garbage = null;
  await giveBackMemory();
  expect(memoryUsage().heapUsed).toBeLessThan(before - 30e6);
});
