// stage.ts: puts a page where it is seen, and lets everybody know: the title, the heading, the focus.
import { button, element, find, paragraph } from './element.ts';
import type { Page, Visit } from './page.ts';
import { type Failure, failureWords } from './words.ts';

const stage = find('page');

export function waitForPage(): void {
  stage.setAttribute('aria-busy', 'true');
}

interface Showing {
  readonly page: Page;
  readonly visit: Visit;
  /** Whether the visitor came here from another page, and has to be told. */
  readonly hasMoved: boolean;
  /** False when another page is wanted by now. */
  isWanted(): boolean;
}

export async function showPage({ page, visit, hasMoved, isWanted }: Showing): Promise<void> {
  const content = await page.build(visit);
  if (!isWanted()) return;
  const heading = element('h1', { tabindex: '-1' }, page.title);
  stage.replaceChildren(heading, ...content);
  stage.setAttribute('aria-busy', 'false');
  document.title = `${page.title} – Latchkey demo`;
  if (hasMoved) heading.focus();
}

/** Instead of a page that could not be had. */
export function troublePage(failure: Failure, onRetry: () => void): Page {
  return {
    title: failure.status === 429 ? 'One moment' : 'Out of reach',
    access: 'anybody',
    build: () => [
      element(
        'div',
        { class: 'card' },
        element('p', { class: 'alert', role: 'alert' }, failureWords(failure)),
        paragraph('You stay signed in on this device.'),
        element('div', { class: 'acts' }, button('Try again', onRetry, { class: 'primary' })),
      ),
    ],
  };
}
