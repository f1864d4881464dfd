// test/browser/stored.ts: what a page keeps of its session, which nobody but a thief would look at.
import type { Page } from 'playwright-core';
import { z } from 'zod';

const Stored = z.object({
  sessionId: z.string(),
  turn: z.number(),
  tokens: z.object({ access_token: z.string(), refresh_token: z.string() }),
});

const read = `[localStorage, sessionStorage]
  .flatMap((storage) => Object.values({ ...storage }))
  .filter((value) => value.includes('refresh_token') && value.includes('sessionId'))`;

export async function storedSession(page: Page): Promise<z.output<typeof Stored>> {
  const [stored] = z.array(z.string()).parse(await page.evaluate(read));
  return Stored.parse(JSON.parse(stored ?? 'null'));
}
