// clients/origins.ts: the origins whose pages may call: those of the configuration, and those of the clients.
import { addSeconds, type Clock } from '../platform/clock.ts';
import type { Clients } from './clients.ts';

/** How late a change of a client may show. */
const REMEMBERED_SECONDS = 5;

interface Parts {
  readonly configured: readonly string[];
  readonly clients: Clients;
  readonly now: Clock;
}

export function createAllowedOrigins({ configured, clients, now }: Parts) {
  let known = { origins: new Set<string>(), until: new Date(0) };

  return async (origin: string): Promise<boolean> => {
    if (configured.includes(origin)) return true;
    if (now() >= known.until) {
      known = { origins: new Set(await clients.allOrigins()), until: addSeconds(now(), REMEMBERED_SECONDS) };
    }
    return known.origins.has(origin);
  };
}
