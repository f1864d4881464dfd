// platform/unreadable-entries.ts: warns of entries in X-Forwarded-For that hold no address, at most once a minute.
import { addSeconds, type Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import { numbered } from './visible.ts';

const QUIET_SECONDS = 60;
const MAX_SHOWN = 64;

const MESSAGE =
  'a trusted proxy has written an entry into X-Forwarded-For that is no address: its own address is used instead, and its clients share one rate limit';

/** The first warning comes at once. A later one counts the entries since the one before it. */
export function createUnreadableEntries({ log, now }: { log: Logger; now: Clock }): (entry: string) => void {
  let count = 0;
  let quietUntil = new Date(0);

  return (entry) => {
    count += 1;
    if (now() < quietUntil) return;
    log.warn({ entry: printable(entry), count }, MESSAGE);
    count = 0;
    quietUntil = addSeconds(now(), QUIET_SECONDS);
  };
}

/** Anything but printable ASCII is escaped: a client can be the author. */
function printable(entry: string): string {
  const start = entry.slice(0, MAX_SHOWN);
  return start.replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, numbered).slice(0, MAX_SHOWN);
}
