// test/sdk/bad-network.ts: what can become of a request on its way, at random.
import type { Random } from './random.ts';
import type { Time } from './time.ts';
import { answering, type Fault, lostAnswer, lostRequest } from './world.ts';

const weights = {
  none: 60,
  lostRequest: 8,
  lostAnswer: 8,
  duplicated: 6,
  duplicatedLater: 4,
  stuck: 3,
  arrivesLate: 3,
  busy: 4,
  throttled: 2,
  broken: 2,
};

export type Trouble = Exclude<keyof typeof weights, 'none'>;

/** How long a request can be kept on its way, in milliseconds: the next refresh has not been made by then. */
const LATEST = 90_000;

export function createBadNetwork(random: Random, time: Time) {
  const happened: Partial<Record<Trouble, number>> = {};

  const later = (forward: () => Promise<unknown>) => time.after(random.below(LATEST), () => void forward());

  const untilAborted = (signal: AbortSignal) =>
    new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  const troubles: Record<Trouble, Fault> = {
    lostRequest,
    lostAnswer,
    async duplicated(_, forward) {
      const [first, second] = await Promise.all([forward(), forward()]);
      return random.next() < 0.5 ? first : second;
    },
    async duplicatedLater(_, forward) {
      later(forward);
      return forward();
    },
    /** The service obeys, and nobody hears of it. */
    async stuck({ signal }, forward) {
      await forward();
      return untilAborted(signal);
    },
    async arrivesLate({ signal }, forward) {
      later(forward);
      return untilAborted(signal);
    },
    busy: answering(503, { 'Retry-After': '2' }),
    throttled: answering(429, { 'Retry-After': '60' }),
    broken: answering(500),
  };

  const fault: Fault = (request, forward) => {
    const trouble = random.choose(weights);
    if (trouble === 'none') return null;
    happened[trouble] = (happened[trouble] ?? 0) + 1;
    return troubles[trouble](request, forward);
  };

  return { fault, happened };
}
