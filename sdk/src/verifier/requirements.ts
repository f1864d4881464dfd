// verifier/requirements.ts: what a token must be good for, beyond being good, and who is asked.
import type { Principal } from './principal.ts';
import { TokenError } from './token-error.ts';

export interface Requirements {
  /** All of these, as a list or separated by spaces. */
  readonly scope?: string | readonly string[];
  /** One of these is enough. Everybody has `user`, which is in no token. */
  readonly roles?: readonly string[];
}

export interface Verifier {
  /** Rejects with a TokenError. */
  verify(token: string, requirements?: Requirements): Promise<Principal>;
}

/** RFC 6749 section 3.3. Anything else would break out of the quotes of WWW-Authenticate. */
const scopeGrammar = /^[!#-[\]-~]+$/;

export function scopesOf({ scope = [] }: Requirements): string[] {
  const scopes = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [...scope];
  const wrong = scopes.find((value) => !scopeGrammar.test(value));
  if (wrong !== undefined) throw new TypeError(`This is no scope: ${JSON.stringify(wrong)}`);
  return scopes;
}

export function assertSufficient(principal: Principal, requirements: Requirements): void {
  const scopes = scopesOf(requirements);
  const missing = scopes.find((scope) => !principal.scope.includes(scope));
  if (missing !== undefined) {
    throw new TokenError('insufficient_scope', `The token lacks the scope ${missing}.`, { scope: scopes.join(' ') });
  }
  const { roles } = requirements;
  if (roles && !roles.some((role) => principal.roles.includes(role))) {
    throw new TokenError('insufficient_role', `The token has none of the roles ${roles.join(', ')}.`);
  }
}
