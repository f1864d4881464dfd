// users/throttle.ts: how often a password may be tried: on an account, and from a network over all accounts.
import { createHmac, type KeyObject } from 'node:crypto';
import { AuthError, type ErrorCode } from '../errors.ts';
import type { OpenBudget } from '../platform/budget.ts';
import { createNetworkBudget, type NetworkBudget } from '../platform/network-budget.ts';

const MINUTE = 60;
const DAY = 86_400;

/** In a row, before every further try has to wait for the one before it. */
const FREE_TRIES = 20;
/** NIST SP 800-63B-4 section 3.2.2: no more failures in a row than this; then only a reset opens the account. */
export const MAX_FAILURES = 100;
const FIRST_WAIT_SECONDS = MINUTE;
const LONGEST_WAIT_SECONDS = 15 * MINUTE;

/** What a wrong guess fails with; of anything else that goes wrong, nobody has learnt whether the password was right. */
const guesses: readonly ErrorCode[] = ['credentials_wrong', 'user_disabled', 'password_wrong'];

export interface Attempt {
  /** Whose password: a user by identifier, or a name that nobody has, which is throttled just the same. */
  readonly account: string;
  readonly ip: string;
}

interface Parts {
  readonly open: OpenBudget;
  /** Names that were tried are kept as HMACs: the store of the limits should not list them. */
  readonly key: KeyObject;
}

export type Throttle = ReturnType<typeof createThrottle>;

/**
 * One counter for every path on which a password is checked, or a guess refused here could be tried there. A try is
 * taken before the password is looked at and given back if it was right, so that of any number at once none too many
 * are looked at. Refresh tokens are nobody's guess: a throttled account goes on refreshing.
 */
export function createThrottle({ open, key }: Parts) {
  /** Spraying: one password on many accounts. */
  const networks = createNetworkBudget(open, { name: 'password-network', points: 100, seconds: 10 * MINUTE });
  const pace = open({ name: 'password-pace', points: FREE_TRIES, seconds: FIRST_WAIT_SECONDS });
  const failures = open({ name: 'password-failures', points: MAX_FAILURES, seconds: 30 * DAY });

  const keyOf = (account: string) => createHmac('sha256', key).update(account).digest('base64url');

  /**
   * What `look` gives, if a try is left. Throws `rate_limited`. `onFailure` hears how many have failed in a row, this
   * one included.
   */
  async function attempt<Result>(
    { account, ip }: Attempt,
    look: () => Promise<Result>,
    onFailure: (failed: number) => Promise<void> = async () => {},
  ): Promise<Result> {
    const subject = keyOf(account);
    const { spent: failed, secondsLeft } = await failures.look(subject);
    if (failed >= MAX_FAILURES) throw new AuthError('rate_limited', { retryAfterSeconds: secondsLeft });
    const step = paceAfter(failed);
    await networks.take(ip);
    await pace.take(subject, step).catch(putBack(networks, ip));
    const result = await look().catch(async (error: unknown) => {
      if (isGuess(error)) await onFailure(await failures.add(subject));
      else await Promise.all([networks.putBack(ip), pace.putBack(subject, step.points)]);
      throw error;
    });
    await Promise.all([networks.putBack(ip), pace.clear(subject), failed > 0 && failures.clear(subject)]);
    return result;
  }

  /** Whoever reads the owner's mail has chosen a new password: what was tried on the old one counts no more. */
  async function forgive(account: string): Promise<void> {
    const subject = keyOf(account);
    await Promise.all([pace.clear(subject), failures.clear(subject)]);
  }

  return { attempt, forgive };
}

/** After that many failures a try takes all that a window holds, and each window is twice as long as the last. */
function paceAfter(failed: number) {
  if (failed < FREE_TRIES) return { points: 1 };
  const seconds = Math.min(FIRST_WAIT_SECONDS * 2 ** (failed - FREE_TRIES), LONGEST_WAIT_SECONDS);
  return { points: FREE_TRIES, seconds };
}

function isGuess(error: unknown): boolean {
  return error instanceof AuthError && guesses.includes(error.code);
}

function putBack(networks: NetworkBudget, ip: string) {
  return async (error: unknown): Promise<never> => {
    await networks.putBack(ip);
    throw error;
  };
}
