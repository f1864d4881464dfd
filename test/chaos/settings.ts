// test/chaos/settings.ts: how often the service is killed, and from which seed on.
import { randomInt } from 'node:crypto';

/** In `npm test`: few enough to wait for. */
const SHORT_KILLS = 5;
const FIXED_SEED = 4711;

const { CHAOS_KILLS, CHAOS_SEED } = process.env;

/** Asked for by name: then it may take long, and tries something new each time unless it is told what to repeat. */
export const isLong = CHAOS_KILLS !== undefined;

/** Of the service at work. Those while it starts come on top. */
export const kills = Number(CHAOS_KILLS ?? SHORT_KILLS);
export const seed = Number(CHAOS_SEED ?? (isLong ? randomInt(2 ** 31) : FIXED_SEED));

/** Of a service that starts on an empty database. */
export const killsAtStart = isLong ? Math.ceil(kills / 5) : 3;

/** For a slow database on a busy machine, in milliseconds. */
export const timeout = 180_000 + kills * 15_000;
