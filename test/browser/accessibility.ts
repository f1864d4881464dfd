// test/browser/accessibility.ts: what axe-core has against a page, in every look that it can have.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { type Look, looks } from './places.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// It would fetch the style sheets again to look for rules that depend on the orientation.
const options = JSON.stringify({ runOnly: rules, preload: false, resultTypes: ['violations'] });

const Violations = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

export async function dress(page: Page, { width, colorScheme }: Look): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
}

/** Of axe-core, and whatever has to be scrolled sideways (WCAG 2.2, 1.4.10). */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(`${axe}\nnull`);
  const faults: string[] = [];
  for (const look of looks) {
    await dress(page, look);
    const violations = Violations.parse(
      await page.evaluate(`axe.run(${options}).then(({ violations }) => violations)`),
    );
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    if (isWide) found.push('wider than the window');
    faults.push(...found.map((fault) => `${look.width} ${look.colorScheme}: ${fault}`));
  }
  return faults;
}
