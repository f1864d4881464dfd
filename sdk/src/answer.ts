// answer.ts: what Latchkey said to one request.
export interface Answer {
  readonly status: number;
  /** Null where it is not said, or said as a date. */
  readonly retryAfterSeconds: number | null;
  /** Null where it is not JSON. */
  readonly body: unknown;
}
