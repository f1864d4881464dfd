// pages/not-found.ts: an address that leads nowhere.
import { element, link, paragraph } from '../element.ts';
import type { Page } from '../page.ts';

export const notFound: Page = {
  title: 'Not found',
  access: 'anybody',
  build: () => [
    element('div', { class: 'card' }, paragraph('There is nothing at this address.'), paragraph(link('/demo', 'Home'))),
  ],
};
