// news.ts: asks after the session where news of it may have been missed. What is new then comes as an event.
import { session } from './service.ts';

export function askAgainAfterNews(): void {
  // A page that was put aside has heard nothing meanwhile.
  window.addEventListener('pageshow', ({ persisted }) => persisted && look());
}

function look(): void {
  session.accessToken().catch(() => {});
}
