// pages/no-code.ts: instead of a form that would need the code of a link.
import { element, paragraph } from '../element.ts';

export function noCode(): HTMLElement {
  const words = 'This page is for the link in a mail from us. Open that link again.';
  return element('div', { class: 'card' }, paragraph(words));
}
