// verifier/principal.ts: who a good token speaks for.
export interface Claims {
  readonly iss: string;
  readonly aud: string | readonly string[];
  readonly sub: string;
  readonly client_id: string;
  readonly jti: string;
  /** Seconds since 1970 (RFC 7519 section 2), as `iat` and `nbf`. */
  readonly exp: number;
  readonly iat: number;
  readonly nbf?: number;
  readonly scope?: string;
  readonly roles?: readonly string[];
  readonly sid?: string;
  readonly [name: string]: unknown;
}

const NONE: readonly string[] = Object.freeze([]);

/**
 * Frozen through and through: the same object is given for the same token again. A class, because its getter is made
 * once: one for each object costs more than all checks of the claims.
 */
export class Principal {
  /** The user's id; for a client that speaks for itself, its own. */
  readonly subject: string;
  readonly clientId: string;
  readonly scope: readonly string[];
  readonly roles: readonly string[];
  /** Null for a client that speaks for itself: no person is behind it. */
  readonly sessionId: string | null;
  readonly claims: Claims;

  constructor(claims: Claims) {
    deepFreeze(claims);
    this.subject = claims.sub;
    this.clientId = claims.client_id;
    this.scope = Object.freeze(claims.scope?.split(' ').filter(Boolean) ?? NONE);
    this.roles = claims.roles ?? NONE;
    this.sessionId = claims.sid ?? null;
    this.claims = claims;
    Object.freeze(this);
  }

  /** A new Date each time: a Date cannot be frozen. */
  get expiresAt(): Date {
    return new Date(this.claims.exp * 1000);
  }
}

function deepFreeze(value: object): void {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) deepFreeze(member);
  Object.freeze(value);
}
