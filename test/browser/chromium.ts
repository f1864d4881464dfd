// test/browser/chromium.ts: the browser of this machine, started once for each file of tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { onPostgres } from '../harness/service.ts';
import { needs, chromium as tool } from '../harness/tools.ts';

/** For an element to appear, in milliseconds: the machine may be busy. */
export const PATIENCE = 20_000;

const binary = tool.find();

/** For a whole test, in milliseconds. */
const DEADLINE = 120_000;

let running: Browser | null = null;

/** Once in a file. A browser does not see which database it is: one kind will do. */
export function describeInBrowser(subject: string, tests: () => void): void {
  describe.skipIf(onPostgres)(subject, { timeout: DEADLINE, ...needs(tool) }, () => {
    beforeAll(async () => {
      running = await chromium.launch({ executablePath: known(binary) });
    });
    afterAll(() => running?.close());
    tests();
  });
}

/** A browser of its own profile: nothing is known from before. */
export function openContext(options: BrowserContextOptions): Promise<BrowserContext> {
  return known(running).newContext(options);
}

/** A browser with a profile on disk: to close the context is to quit it, and it can be started again. */
export function createProfile(options: BrowserContextOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-browser-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const start = () => chromium.launchPersistentContext(folder, { ...options, executablePath: known(binary) });
  return { start };
}

function known<Value>(value: Value | null): Value {
  if (value === null) throw new Error('There is a browser inside of describeInBrowser only.');
  return value;
}
