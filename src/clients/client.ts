// clients/client.ts: the programs that may call.
import type { JSONWebKeySet } from 'jose';

export const grantTypes = ['password', 'refresh_token', 'client_credentials'] as const;

export type GrantType = (typeof grantTypes)[number];

/** A public client cannot keep a secret: its identifier proves nothing (RFC 6749 section 2.1). */
export const clientTypes = ['public', 'confidential'] as const;

export type ClientType = (typeof clientTypes)[number];

export interface Client {
  readonly id: string;
  readonly type: ClientType;
  /** Of the same house: people may type their password into it. */
  readonly firstParty: boolean;
  readonly grants: readonly GrantType[];
  /** What it may ask for; `any` leaves it to the roles of its user. */
  readonly scopes: readonly string[] | 'any';
  /** The first is what a token is for when nobody says. */
  readonly audiences: readonly [string, ...string[]];
  /** Life of its access tokens, if it is not what everybody has. */
  readonly accessTokenSeconds: number | null;
  /** Of its secrets, at most two, so that one can be replaced while it is in use. */
  readonly secretDigests: readonly string[];
  /** Public keys that it signs its assertions for (RFC 7523). */
  readonly jwks: JSONWebKeySet | null;
  /** Tokens that were issued to an earlier client of this identifier are not its own. */
  readonly createdAt: Date;
  /** While sessions are being ended: those that began before this instant are dead, whether their rows say so or not. */
  readonly sessionsEndBefore: Date | null;
}

/** RFC 9700 section 2.4: people type a password only into programs of the same house. */
export function takesPasswords({ grants, firstParty }: Client): boolean {
  return firstParty && grants.includes('password');
}

/** Whether a session that began at that instant is dead because the client was disabled meanwhile. */
export function isEndedWith({ sessionsEndBefore }: Pick<Client, 'sessionsEndBefore'>, beganAt: Date): boolean {
  return sessionsEndBefore !== null && beganAt < sessionsEndBefore;
}
