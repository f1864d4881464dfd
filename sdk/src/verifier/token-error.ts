// verifier/token-error.ts: why a request is not let in, and what it is told (RFC 6750 section 3).
const failures = {
  token_missing: { status: 401, error: null, title: 'This needs an access token.' },
  invalid_token: { status: 401, error: 'invalid_token', title: 'The access token is not accepted.' },
  insufficient_scope: { status: 403, error: 'insufficient_scope', title: 'The access token does not cover this.' },
  // RFC 6750 section 3.1: "higher privileges than provided by the access token"; no scope would help.
  insufficient_role: { status: 403, error: 'insufficient_scope', title: 'This needs another role.' },
  keys_unavailable: { status: 503, error: null, title: 'Tokens cannot be checked at the moment.' },
} as const;

export type TokenErrorCode = keyof typeof failures;

const RETRY_AFTER_SECONDS = 1;

interface Details {
  /** The scope that would have been enough. */
  readonly scope?: string;
  readonly cause?: unknown;
}

/** The message is for the log: it says what is wrong exactly. What the caller is told is in `headers` and `problem`. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;
  /** 401, 403 or 503. */
  readonly status: number;
  /** The value of `WWW-Authenticate`; null where a token would not help. */
  readonly wwwAuthenticate: string | null;
  /** `WWW-Authenticate` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: TokenErrorCode, message: string, { scope, cause }: Details = {}) {
    super(message, { cause });
    this.code = code;
    this.status = failures[code].status;
    this.wwwAuthenticate = this.status === 503 ? null : challenge(failures[code].error, scope);
    this.headers =
      this.wwwAuthenticate === null
        ? { 'Retry-After': String(RETRY_AFTER_SECONDS) }
        : { 'WWW-Authenticate': this.wwwAuthenticate };
  }

  /** The body of the answer (RFC 9457). */
  get problem() {
    const { status, code } = this;
    return { type: 'about:blank', title: failures[code].title, status, code };
  }
}

/** There has to be one parameter at least, and no error where no token was presented. */
function challenge(error: string | null, scope: string | undefined): string {
  const parameters = [['realm', 'api'], ...(error ? [['error', error]] : []), ...(scope ? [['scope', scope]] : [])];
  return `Bearer ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}

export function invalidToken(message: string, cause?: unknown): TokenError {
  return new TokenError('invalid_token', message, { cause });
}

export function tokenMissing(): TokenError {
  return new TokenError('token_missing', 'There is no token.');
}
