// platform/clock.ts: the only place that asks what time it is.

/** The present instant. Tests replace it to move time. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

export function addMilliseconds(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}

export function addSeconds(instant: Date, seconds: number): Date {
  return addMilliseconds(instant, seconds * 1000);
}

/** From one instant to a later one, to the nearest second; never negative. */
export function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
}

/** Seconds since 1970-01-01T00:00:00Z, as JWTs count them (RFC 7519 section 2, NumericDate). */
export function toNumericDate(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

export function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

export function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}
