// verifier/claims.ts: what the claims of an access token must be (RFC 9068 sections 2.2 and 4).
import type { Claims } from './principal.ts';
import { invalidToken } from './token-error.ts';

export interface Expectations {
  readonly issuer: string;
  /** The token must name one of these. */
  readonly audiences: readonly string[];
  readonly clockToleranceSeconds: number;
}

type Rule = readonly [holds: (value: unknown) => boolean, complaint: string];

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isInstant = (value: unknown) => Number.isSafeInteger(value);
const isAbsentOr = (rule: (value: unknown) => boolean) => (value: unknown) => value === undefined || rule(value);

const shape: Readonly<Record<string, Rule>> = {
  iss: [isText, 'names no issuer'],
  aud: [(value) => isText(value) || isTexts(value), 'names no audience'],
  sub: [isText, 'names no subject'],
  client_id: [isText, 'names no client'],
  jti: [isText, 'has no identifier'],
  exp: [isInstant, 'has no end'],
  iat: [isInstant, 'does not say when it was issued'],
  nbf: [isAbsentOr(isInstant), 'has a start that is no time'],
  scope: [isAbsentOr((value) => typeof value === 'string'), 'has a scope that is no text'],
  roles: [isAbsentOr(isTexts), 'has roles that are no list of texts'],
  sid: [isAbsentOr(isText), 'has a session that is no text'],
};

const rules = Object.entries(shape);

function assertShape(claims: Readonly<Record<string, unknown>>): asserts claims is Claims {
  for (const [name, [holds, complaint]] of rules) {
    if (!holds(claims[name])) throw invalidToken(`The token ${complaint}.`);
  }
}

export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  { issuer, audiences, clockToleranceSeconds }: Expectations,
  at: Date,
): Claims {
  assertShape(claims);
  if (claims.iss !== issuer) throw invalidToken('The token is of another issuer.');
  const named = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  if (!named.some((audience) => audiences.includes(audience))) throw invalidToken('The token is for another audience.');
  assertSubject(claims);
  assertTimes(claims, at.getTime() / 1000, clockToleranceSeconds);
  return claims;
}

/** A user has a session. A client that speaks for itself is its own subject, and has none: neither passes for the other. */
function assertSubject({ sub, client_id, sid }: Claims): void {
  const isClient = sub === client_id;
  if (isClient !== (sid === undefined)) throw invalidToken('The token is neither of a session nor of a client.');
}

function assertTimes({ exp, iat, nbf = iat }: Claims, seconds: number, tolerance: number): void {
  if (exp + tolerance <= seconds) throw invalidToken('The token has expired.');
  if (Math.max(iat, nbf) > seconds + tolerance) throw invalidToken('The token is not good yet.');
}
