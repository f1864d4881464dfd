// verifier.ts: checks the access tokens of one issuer, with the keys that it publishes, without asking it about each.
import { checkClaims, type Expectations } from './verifier/claims.ts';
import { assertCompact, readJws, readObject } from './verifier/compact-jws.ts';
import type { Fetch } from './verifier/json-document.ts';
import { createKeySource } from './verifier/key-source.ts';
import { Principal } from './verifier/principal.ts';
import { assertSufficient, type Requirements, type Verifier } from './verifier/requirements.ts';
import { systemClock } from './verifier/runtime.ts';
import { invalidToken, tokenMissing } from './verifier/token-error.ts';

export type { ProtectOptions } from './verifier/admission.ts';
export type { Claims, Principal } from './verifier/principal.ts';
export type { Requirements, Verifier } from './verifier/requirements.ts';
export { TokenError, type TokenErrorCode } from './verifier/token-error.ts';

export interface VerifierOptions {
  /** Exactly as the service has it: `ISSUER`. */
  readonly issuer: string;
  /** What this service is called in tokens: `aud` must name it, or one of several. */
  readonly audience: string | readonly string[];
  /** To reach the issuer in another way. It must heed the signal. */
  readonly fetch?: Fetch;
  /** How far the clocks may be apart; 5 by default. */
  readonly clockToleranceSeconds?: number;
  /** For each document of the issuer, to its last byte; 3000 by default. */
  readonly deadlineMs?: number;
  /** Between two fetches for keys that are not known, or after a failure; 30,000 by default. */
  readonly refetchIntervalMs?: number;
  /** 1000 by default; 0 verifies each token each time. */
  readonly maxCachedTokens?: number;
  readonly now?: () => Date;
}

/** Nothing is fetched before the first token. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { now = systemClock, maxCachedTokens = 1000 } = options;
  const expectations = expectationsOf(options);
  const keys = createKeySource({
    issuer: options.issuer,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    now,
    deadlineMs: options.deadlineMs ?? 3000,
    refetchIntervalMs: options.refetchIntervalMs ?? 30_000,
    maxCachedTokens,
  });

  async function verify(token: string, requirements: Requirements = {}): Promise<Principal> {
    if (!token) throw tokenMissing();
    assertCompact(token);
    const { verified } = await keys.current();
    const principal = verified.find(token, now()) ?? (await identify(token));
    assertSufficient(principal, requirements);
    return principal;
  }

  async function identify(token: string): Promise<Principal> {
    const { kid, alg, payload, signed, signature } = readJws(token);
    const { key, verified } = await keys.find(kid);
    if (key.alg !== alg) throw invalidToken('The key of the token is for another algorithm.');
    if (!(await key.verify(signed, signature))) throw invalidToken('The signature of the token is wrong.');
    const principal = new Principal(checkClaims(readObject(payload), expectations, now()));
    verified.remember(token, principal);
    return principal;
  }

  return { verify };
}

/** An audience that was forgotten must not mean any audience. */
function expectationsOf({ issuer, audience, clockToleranceSeconds = 5 }: VerifierOptions): Expectations {
  const audiences = typeof audience === 'string' ? [audience] : [...(audience ?? [])];
  if (audiences.length === 0 || audiences.some((name) => !name)) throw new TypeError('A verifier needs its audience.');
  if (!/^https?:\/\/[^?#]+$/.test(issuer)) throw new TypeError('The issuer is an https:// address without a query.');
  return { issuer, audiences, clockToleranceSeconds };
}
