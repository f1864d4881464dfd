// test/harness/clock.ts: a clock that stands still until it is told to move.
export interface Step {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

export function createClock(start = new Date()) {
  let milliseconds = start.getTime();

  function advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Step): void {
    milliseconds += (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  }

  return { now: () => new Date(milliseconds), advance };
}

export type MovableClock = ReturnType<typeof createClock>;
