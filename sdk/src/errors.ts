// errors.ts: the one class that carries what went wrong, whichever of its two envelopes the service used.
import type { Answer } from './answer.ts';

/** One thing that is wrong with one member of a request. `pointer` is a JSON pointer (RFC 6901). */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

interface Details {
  readonly status: number;
  readonly code: string;
  readonly reason?: string | null;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number | null;
  readonly cause?: unknown;
}

export class LatchkeyError extends Error {
  /** Of the answer; 0 where none came. */
  declare readonly status: number;
  /**
   * `email_taken`, `invalid_grant` and the like, as the service says it. The SDK's own codes are `network` (no answer, or
   * one that the service cannot have given), `origin_not_allowed`, and `platform` (the browser or the device refuses
   * something that the session needs).
   */
  declare readonly code: string;
  /** What a refused grant adds: `token_reused`, `email_unverified` and the like. */
  declare readonly reason: string | null;
  declare readonly errors: readonly FieldError[];
  /** How long the service asks to be left alone. */
  declare readonly retryAfterSeconds: number | null;

  constructor(message: string, details: Details) {
    super(message);
    Object.assign(this, { name: 'LatchkeyError', reason: null, errors: [], retryAfterSeconds: null }, details);
  }
}

/** RFC 6749 section 5.2, or RFC 9457. */
interface Envelope {
  readonly error?: string;
  readonly error_description?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly title?: string;
  readonly errors?: readonly FieldError[];
}

export function envelopeOf({ body }: Answer): Envelope {
  return body instanceof Object ? body : {};
}

/** A 2xx that is not what was asked for was not given by the service. */
export function refusalOf(answer: Answer): LatchkeyError {
  const { status, retryAfterSeconds } = answer;
  if (status < 300) return networkError(answer);
  const envelope = envelopeOf(answer);
  const { error: code = 'unknown', error_description, title } = envelope;
  return new LatchkeyError(title ?? error_description ?? code, { code, ...envelope, status, retryAfterSeconds });
}

export function networkError(cause: unknown): LatchkeyError {
  if (cause instanceof LatchkeyError) return cause;
  return new LatchkeyError('No answer.', { status: 0, code: 'network', cause });
}

/** The same call, which rejects with a LatchkeyError only. */
export function withLatchkeyErrors<Parameters extends unknown[], Result>(
  call: (...parameters: Parameters) => Promise<Result>,
) {
  return (...parameters: Parameters): Promise<Result> =>
    call(...parameters).catch((cause: unknown) => {
      if (cause instanceof LatchkeyError) throw cause;
      throw new LatchkeyError('This device refuses it.', { status: 0, code: 'platform', cause });
    });
}
