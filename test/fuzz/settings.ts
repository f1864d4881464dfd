// test/fuzz/settings.ts: how much is tried, and from which seed on.
import { randomInt } from 'node:crypto';

/** In `npm test`: the same messages each time, few enough to wait for. */
const SHORT_RUNS = 600;
const FIXED_SEED = 9457;

const { FUZZ_RUNS, FUZZ_SEED } = process.env;

/** Asked for by name: then it may take long, and tries something new each time unless it is told what to repeat. */
export const isLong = FUZZ_RUNS !== undefined;

/** How many messages. */
export const runs = Number(FUZZ_RUNS ?? SHORT_RUNS);
export const seed = Number(FUZZ_SEED ?? (isLong ? randomInt(2 ** 31) : FIXED_SEED));

/** How many operations may have refused all they were sent: among few messages there may be no good one for each. */
export const missable = runs < SHORT_RUNS ? Number.POSITIVE_INFINITY : runs < 5000 ? 3 : 0;

/** For a slow database on a busy machine, in milliseconds. */
export const timeout = 60_000 + runs * 100;
