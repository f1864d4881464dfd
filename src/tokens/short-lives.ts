// tokens/short-lives.ts: warns at the start of access tokens that expire too soon for the spread of refreshes.
import type { Clients } from '../clients/clients.ts';
import type { Logger } from '../platform/logger.ts';
import { shortestSafeLife } from './refresh-after.ts';

interface Parts {
  readonly clients: Clients;
  readonly log: Logger;
  /** Of access tokens, where the client has no life of its own for them. */
  readonly ttlSeconds: number;
  readonly graceSeconds: number;
}

export function createWarnOfShortLives({ clients, log, ttlSeconds, graceSeconds }: Parts) {
  return async (): Promise<void> => {
    const seconds = shortestSafeLife(graceSeconds);
    const own = await clients.listShortLived(seconds);
    const settings = [
      ...(ttlSeconds < seconds ? [`ACCESS_TOKEN_TTL=${ttlSeconds}s`] : []),
      ...own.map(({ id, accessTokenSeconds }) => `access_token_seconds=${accessTokenSeconds} of the client ${id}`),
    ];
    if (settings.length === 0) return;
    const fault = `With REFRESH_GRACE=${graceSeconds}s, ${settings.join(', ')} is too short`;
    const remedy = `Set it to ${seconds}s or more, or lower REFRESH_GRACE.`;
    log.warn(`${fault}: a thief can refresh in step with the owner of a session, unnoticed. ${remedy}`);
  };
}
