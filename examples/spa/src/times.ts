// times.ts: instants as the clock on the wall says them, wherever that wall is.
import { element } from './element.ts';

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function time(instant: string): HTMLTimeElement {
  return element('time', { datetime: instant }, format.format(new Date(instant)));
}
