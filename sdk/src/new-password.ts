// new-password.ts: takes over the tokens that come with a new password. The refresh token from before is worth nothing then.
import type { Exclusive } from './exclusive.ts';
import type { Platform } from './platform.ts';
import { is, isAlive, parseJson, type Stored, type Tokens } from './stored-session.ts';
import type { Vault } from './vault.ts';

/** More than one: a refresh that another tab made meanwhile counts as older. */
const TURNS = 2;

interface Parts extends Pick<Platform, 'fetch' | 'now'> {
  readonly issuer: string;
  readonly vault: Vault;
  readonly exclusive: Exclusive;
}

/** Sends a request of any kind. A change of the password has its turn among the refreshes of all tabs. */
export function createSender({ fetch, now, issuer, vault, exclusive }: Parts) {
  const endpoint = new URL(`${issuer}/me/password`);

  function isChange({ method, url }: Request): boolean {
    const { origin, pathname } = new URL(url);
    return method === 'PUT' && origin === endpoint.origin && pathname === endpoint.pathname;
  }

  async function change(request: Request): Promise<Response> {
    const before = await vault.look();
    const turn = isAlive(before) ? before.turn : 0;
    const askedAt = now();
    const response = await fetch(request);
    const tokens = response.status === 200 ? parseJson(await response.clone().text()) : null;
    if (is<Tokens>(tokens, 'refresh_token')) {
      const { session_id: sessionId } = tokens;
      const next = { sessionId, tokens, askedAt, turn: turn + TURNS };
      await vault.change((stored) => (stored.sessionId === sessionId && goesOn(stored) ? next : stored));
    }
    return response;
  }

  return (request: Request): Promise<Response> =>
    isChange(request) ? exclusive(() => change(request)) : fetch(request);
}

/** A tab that did not wait may have been told meanwhile that its token was from before the change. */
function goesOn(stored: Stored): boolean {
  return isAlive(stored) || stored.ended === 'password_changed';
}
