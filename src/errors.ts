// errors.ts: the closed list of ways in which a request can fail, and the one class that carries them.

/** Every failure that a caller can meet. `http/problem.ts` says how each one looks on the wire. */
export const errorCodes = [
  // the message itself
  'invalid_request',
  'unsupported_media_type',
  'payload_too_large',
  'not_found',
  'method_not_allowed',
  // who is asking
  'token_missing',
  'invalid_token',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'insufficient_scope',
  'insufficient_power',
  'token_of_another_client',
  // people signing up and in
  'signup_closed',
  'email_taken',
  'username_taken',
  'credentials_wrong',
  'user_disabled',
  'user_unknown',
  'role_unknown',
  'role_taken',
  'last_admin',
  'client_unknown',
  'client_taken',
  'key_unknown',
  'email_unverified',
  'password_wrong',
  'code_invalid',
  'proof_required',
  'already_verified',
  // refresh tokens
  'refresh_token_malformed',
  'refresh_token_unknown',
  'refresh_token_of_another_client',
  'refresh_token_reused',
  'refresh_token_superseded',
  'session_ended',
  // our own trouble
  'rate_limited',
  'overloaded',
  'unavailable',
  'internal_error',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * Why a session is over, or, in the case of `password_changed`, why an older refresh token of a live one is refused. The server
 * tells it to the holder of a refresh token that it sealed.
 */
export const endReasons = [
  'logged_out',
  'ended_by_user',
  'ended_by_admin',
  'password_changed',
  'password_reset',
  'token_reused',
  'expired_idle',
  'expired',
  'user_disabled',
  'user_deleted',
  'client_disabled',
  'client_deleted',
  'too_many_sessions',
] as const;

export type EndReason = (typeof endReasons)[number];

/** What a client can show to people about a refused grant. */
export const refusalReasons = [...endReasons, 'email_unverified'] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** One thing that is wrong with one member of a request. `pointer` is a JSON pointer (RFC 6901). */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface ErrorDetails {
  readonly reason?: RefusalReason;
  readonly fields?: readonly FieldError[];
  /** Methods that the path does answer to (RFC 9110 section 15.5.6). */
  readonly allow?: readonly string[];
  readonly retryAfterSeconds?: number;
  /** Of a budget that is used up: this is the first who finds it so. */
  readonly isFirst?: boolean;
  /** What an access token would need (RFC 6750 section 3). */
  readonly scope?: string;
  /** The HTTP authentication scheme that the caller tried, for the challenge in the answer. */
  readonly scheme?: 'Basic' | 'Bearer';
  readonly cause?: unknown;
}

/** An expected failure. Anything else that is thrown is a bug, and is answered with 500 and no detail. */
export class AuthError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(code, { cause: details.cause });
    this.name = 'AuthError';
    this.code = code;
    this.details = details;
  }
}

/** Something that whoever runs the service has to mend. The message says what, and is shown without a stack. */
export class OperatorError extends Error {
  override name = 'OperatorError';
}
