// tokens/access-tokens.ts: signs access tokens (RFC 9068) and checks the ones that come back.
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { PublishedKeys, SigningKeys } from '../keys/signing-keys.ts';
import { addSeconds, type Clock, toNumericDate } from '../platform/clock.ts';
import { newId } from '../platform/random.ts';
import { isUnambiguous } from '../platform/unambiguous-jwt.ts';
import type { SessionRow } from '../sessions/session.ts';
import { particularRoles } from '../users/users.ts';
import { signCompact } from './compact-jws.ts';
import { createVerifiedClaims } from './verified-claims.ts';

/** How far clocks of one deployment may be apart. */
export const CLOCK_TOLERANCE_SECONDS = 10;
const TYPE = 'at+jwt';

interface Parts {
  readonly keys: SigningKeys;
  readonly now: Clock;
  readonly issuer: string;
}

/** What an access token says. */
export interface Grant {
  readonly clientId: string;
  readonly audience: string;
  readonly scope: string;
  readonly ttlSeconds: number;
  /** Null where the client speaks for itself. */
  readonly person: Person | null;
}

/** The user behind a session, and what is read afresh at each refresh. */
export interface Person {
  readonly session: Pick<SessionRow, 'id' | 'userId' | 'authTime' | 'amr'>;
  readonly roles: readonly string[];
}

const common = {
  client_id: z.string(),
  scope: z.string(),
  jti: z.uuid(),
  iat: z.int(),
  exp: z.int(),
  aud: z.union([z.string(), z.array(z.string())]),
};

/** A user has a session; a client that speaks for itself is its own subject (RFC 9068 section 2.2), and has none. */
const Claims = z
  .union([
    z.object({ ...common, sub: z.uuid(), sid: z.uuid() }),
    z
      .object({ ...common, sub: z.string(), sid: z.undefined().optional() })
      .refine(({ sub, client_id }) => sub === client_id),
  ])
  .transform(({ client_id, sid, ...claims }) => ({ ...claims, sid: sid ?? null, clientId: client_id }));

export type AccessTokenClaims = z.output<typeof Claims>;

export type AccessTokens = ReturnType<typeof createAccessTokens>;

export function createAccessTokens({ keys, now, issuer }: Parts) {
  const verified = createVerifiedClaims<AccessTokenClaims>();

  /** A compact JWS. Whoever has signed it need not verify it, should it come back. */
  async function issue({ clientId, audience, scope, ttlSeconds, person }: Grant): Promise<string> {
    const published = keys.published();
    const at = now();
    const claims = {
      scope,
      sub: person?.session.userId ?? clientId,
      aud: audience,
      iat: toNumericDate(at),
      exp: toNumericDate(addSeconds(at, ttlSeconds)),
      jti: newId(),
    };
    const payload = { client_id: clientId, ...claims, ...(person && claimsOf(person)), iss: issuer };
    const token = await signCompact(payload, TYPE, keys.signer());
    verified.remember(published, token, { ...claims, sid: person?.session.id ?? null, clientId });
    return token;
  }

  /**
   * The claims of a token that is for our own endpoints: its audience is the issuer alone, so that a service
   * cannot use here what its callers sent it (RFC 9700 section 2.3). Signature, type, issuer and times are checked too,
   * and nothing of the database. Null for any other token.
   */
  async function read(token: string): Promise<AccessTokenClaims | null> {
    const claims = await readForAnyone(token);
    return claims && isFor(claims, issuer) ? claims : null;
  }

  /** The same for a token that is for anyone. */
  async function readForAnyone(token: string): Promise<AccessTokenClaims | null> {
    const published = keys.published();
    const known = verified.find(published, token);
    const claims = known ?? (await verify(token, published));
    if (!claims || !isOfNow(claims)) return null;
    if (!known) verified.remember(published, token, claims);
    return claims;
  }

  async function verify(token: string, { resolve, algorithms }: PublishedKeys): Promise<AccessTokenClaims | null> {
    if (!isCanonical(token) || !isUnambiguous(token)) return null;
    const result = await jwtVerify(token, resolve, {
      typ: TYPE,
      algorithms: [...algorithms],
      issuer,
      requiredClaims: ['exp', 'iat', 'sub', 'jti', 'aud'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: now(),
    }).catch(unverified);
    const claims = Claims.safeParse(result?.payload);
    return claims.success ? claims.data : null;
  }

  /** jose looks at `iat` only when there is a maximum age; and what is remembered ends like everything else. */
  function isOfNow({ iat, exp }: AccessTokenClaims): boolean {
    const at = toNumericDate(now());
    return iat <= at + CLOCK_TOLERANCE_SECONDS && exp > at - CLOCK_TOLERANCE_SECONDS;
  }

  return { issue, read, readForAnyone };
}

/** Whether the token is for that audience alone (RFC 7519 section 4.1.3: `aud` is a string, or a list). */
export function isFor({ aud }: AccessTokenClaims, audience: string): boolean {
  const [first, ...others] = [aud].flat();
  return first === audience && others.length === 0;
}

/** RFC 7515 section 2. jose overlooks padding, white space and bits to spare. */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

/** Roles are told only when there are more than everybody has. */
function claimsOf({ session: { id, authTime, amr }, roles }: Person) {
  const particular = particularRoles(roles);
  const told = particular.length > 0 ? { roles: particular } : {};
  return { sid: id, auth_time: toNumericDate(authTime), amr, ...told };
}

function unverified(error: unknown): null {
  if (error instanceof errors.JOSEError) return null;
  throw error;
}
