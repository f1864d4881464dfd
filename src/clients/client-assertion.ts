// clients/client-assertion.ts: a client that proves itself by a signature (RFC 7523), so that no secret travels.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { createLocalJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { RecordBounded } from '../audit/bounded-record.ts';
import { addSeconds, type Clock, toNumericDate } from '../platform/clock.ts';
import type { Origin } from '../platform/origin.ts';
import { query, type Table } from '../platform/query.ts';
import { digest } from '../platform/secrets.ts';
import { isUnambiguous } from '../platform/unambiguous-jwt.ts';
import type { Client } from './client.ts';
import type { UsedAssertion } from './used-assertion.ts';

/** What a key of a client may sign with; what its JWK says narrows it down. */
export const assertionAlgorithms = ['ES256', 'ES384', 'RS256', 'PS256', 'Ed25519', 'EdDSA'] as const;

const MAX_LIFE_SECONDS = 300;
const CLOCK_TOLERANCE_SECONDS = 10;

interface Tables {
  UsedAssertion: Table<typeof UsedAssertion>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly issuer: string;
  readonly recordBounded: RecordBounded;
}

/** Who an assertion says that it is from; nothing of it is checked. Null if it is no JWT. */
export function claimedClient(assertion: string): string | null {
  try {
    const { sub } = decodeJwt(assertion);
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}

/**
 * True for an assertion of that client, for this issuer and no other audience (so that one which was sent elsewhere is
 * worth nothing here), at most five minutes long, and never seen before. A replay is audited: it shows that the assertion was copied.
 */
export function createAssertionCheck({ em, now, issuer, recordBounded }: Parts) {
  async function verify(assertion: string, { id, jwks }: Client): Promise<JWTPayload | null> {
    if (!isUnambiguous(assertion)) return null;
    const verified = await jwtVerify(assertion, createLocalJWKSet(jwks ?? { keys: [] }), {
      algorithms: [...assertionAlgorithms],
      issuer: id,
      subject: id,
      audience: issuer,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'jti'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: now(),
    }).catch(() => null); // also of a key that nothing can be checked with
    return verified?.payload ?? null;
  }

  function isAcceptable({ exp = 0, aud, jti, iat }: JWTPayload): boolean {
    const latest = toNumericDate(now()) + MAX_LIFE_SECONDS + CLOCK_TOLERANCE_SECONDS;
    const isIssued = iat === undefined || iat <= toNumericDate(now()) + CLOCK_TOLERANCE_SECONDS;
    return exp <= latest && isIssued && aud === issuer && typeof jti === 'string' && jti !== '';
  }

  /** True once, on all instances together. */
  async function use(clientId: string, { jti = '', exp = 0 }: JWTPayload): Promise<boolean> {
    const expiresAt = addSeconds(new Date(exp * 1000), CLOCK_TOLERANCE_SECONDS);
    const { numInsertedOrUpdatedRows } = await query<Tables>(em)
      .insertInto('UsedAssertion')
      .values({ clientId, jtiDigest: digest(jti), expiresAt })
      .onConflict((conflict) => conflict.columns(['clientId', 'jtiDigest']).doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  return async (assertion: string, client: Client, origin: Origin): Promise<boolean> => {
    const payload = await verify(assertion, client);
    if (payload === null || !isAcceptable(payload)) return false;
    if (await use(client.id, payload)) return true;
    await recordBounded(client.id, { type: 'client.assertion_replayed', clientId: client.id, origin });
    return false;
  };
}
