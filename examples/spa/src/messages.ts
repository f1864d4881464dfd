// messages.ts: the one place where it is said what has just happened.
import { find } from './element.ts';

const status = find('status');

export function say(message: string): void {
  status.textContent = message;
}

export function clearMessage(): void {
  say('');
}
