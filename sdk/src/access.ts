// access.ts: the access token for whoever asks now, refreshed when it is time: once for all tabs, and so that a lost
// answer or a crash loses no session.
import type { Answer } from './answer.ts';
import { envelopeOf, refusalOf, withLatchkeyErrors } from './errors.ts';
import type { Exclusive } from './exclusive.ts';
import type { World } from './platform.ts';
import type { Presence } from './presence.ts';
import type { Persist } from './retry.ts';
import { share } from './share.ts';
import { is, isAlive, type Stored, type StoredSession, stillHolds, type Tokens } from './stored-session.ts';
import type { Transport } from './transport.ts';
import type { Vault } from './vault.ts';

/** How long other tabs have to tell what they know, in milliseconds. */
const HEARSAY = 100;

interface Parts extends Pick<World, 'now' | 'newKey' | 'pause'> {
  readonly clientId: string | undefined;
  readonly resource: string | undefined;
  readonly vault: Vault;
  readonly presence: Presence;
  readonly transport: Transport;
  readonly persist: Persist;
  readonly exclusive: Exclusive;
  readonly tellOthers: (stored: Stored | null) => void;
}

/**
 * Null when nobody is signed in. `refused` is an access token that somebody did not accept. Throws a LatchkeyError when
 * no living token can be had: the session stays.
 */
export type AccessToken = (refused?: string) => Promise<string | null>;

export function createAccess(parts: Parts): AccessToken {
  const { clientId, resource, vault, presence, transport, persist, exclusive, tellOthers, now, newKey, pause } = parts;

  const refresh = share((refused?: string) =>
    exclusive(async () => {
      if (await vault.isApart()) {
        // A tab that was duplicated has a copy of its own, which has grown old if the tab was put to sleep.
        tellOthers(await vault.look());
        await pause(HEARSAY);
      }
      const stored = await vault.look();
      // Another tab may have been faster while this one waited for its turn.
      if (isAlive(stored) && presence.wantsRefresh(refused)) await exchange(stored);
    }),
  );

  async function exchange({ sessionId, tokens, turn }: StoredSession): Promise<void> {
    const { refresh_token } = tokens;
    let askedAt = now();
    const answer = await persist(async () => {
      // Looked at before every attempt: this tab may have slept since the last one.
      const stored = await vault.change((stored) =>
        stillHolds(stored, refresh_token) ? withAttempt(stored, newKey) : stored,
      );
      if (!stillHolds(stored, refresh_token)) return null;
      askedAt = now();
      const body = { grant_type: 'refresh_token', refresh_token, client_id: clientId, resource };
      return transport('/token', body, { headers: { 'Idempotency-Key': stored.attempt?.key ?? '' } });
    });
    if (!answer) return;
    const next = is<Tokens>(answer.body, 'refresh_token')
      ? { sessionId, tokens: answer.body, askedAt, turn: turn + 1 }
      : { sessionId, ended: endReasonIn(answer) };
    // Only over the token that was sent: what is newer is not undone, what has ended does not begin again.
    await vault.change((stored) => (stillHolds(stored, refresh_token) ? next : stored));
  }

  return withLatchkeyErrors(async (refused) => {
    await vault.look();
    if (presence.wantsRefresh(refused)) {
      await refresh(refused).catch((error: unknown) => {
        // A token that is old but alive is better than none.
        if (refused || presence.isExpired()) throw error;
      });
    }
    return presence.accessToken();
  });
}

/** The key that is waiting for an answer, or else a new one. */
function withAttempt(session: StoredSession, newKey: () => string): StoredSession {
  const token = session.tokens.refresh_token;
  return session.attempt?.token === token ? session : { ...session, attempt: { key: newKey(), token } };
}

/** Only one answer ends a session; any other failure says nothing about it. */
function endReasonIn(answer: Answer): string {
  const { error, reason } = envelopeOf(answer);
  if (answer.status !== 400 || error !== 'invalid_grant') throw refusalOf(answer);
  return reason ?? error;
}
