// ahead.ts: refreshes ahead of time, so that nobody has to wait for it; but not in a tab that nobody sees.
import type { AccessToken } from './access.ts';
import type { Platform } from './platform.ts';
import type { Presence } from './presence.ts';

/** After a refresh that failed, in milliseconds. */
const NEXT_TRY = 60_000;

interface Parts extends Pick<Platform, 'after' | 'isVisible' | 'onVisible'> {
  readonly presence: Presence;
  readonly accessToken: AccessToken;
}

export function createAhead({ presence, accessToken, after, isVisible, onVisible }: Parts) {
  let isStopped = false;
  let cancel = () => {};

  function plan(pause: number): void {
    cancel();
    if (!isStopped && presence.accessToken()) cancel = after(pause, keepFresh);
  }

  async function keepFresh(): Promise<void> {
    if (isStopped || !isVisible()) return;
    await accessToken().catch(() => {});
    plan(presence.freshFor() || NEXT_TRY); // a timer may also have been a little early
  }

  onVisible(keepFresh);

  function stop(): void {
    isStopped = true;
    cancel();
  }

  return { plan, stop };
}
