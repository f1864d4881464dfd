// users/throttle.ts: how often a password may be tried: on an account, from a network, and with a session.
import { createHmac, type KeyObject } from 'node:crypto';
import { AuthError, type ErrorCode } from '../errors.ts';
import type { OpenBudget } from '../platform/budget.ts';
import { networkOf } from '../platform/network.ts';
import { createNetworkBudget } from '../platform/network-budget.ts';
import { once } from '../platform/once.ts';
import { newId } from '../platform/random.ts';
import {
  createSeries,
  FAILURES_KEPT_SECONDS,
  FREE_TRIES,
  type Hold,
  holdAll,
  holdOfCeiling,
  holdOfNetwork,
  holdOfQuota,
  MAX_FAILURES,
} from './holds.ts';
import type { UserRow } from './user.ts';

const MINUTE = 60;
const HOUR = 3600;

/** The errors that tell the caller, or the log, that the password was wrong or the user is disabled. */
const failureCodes: readonly ErrorCode[] = ['credentials_wrong', 'user_disabled', 'password_wrong'];

/**
 * Who tries, as far as the server can tell before it looks at the password. Each kind has budgets of its own, so that
 * one kind cannot use up those of another.
 */
export type Standing = 'stranger' | 'familiar_network' | 'session';

type Owner = Pick<UserRow, 'id' | 'passwordChangedAt' | 'passwordLockedAt'>;

/** A try on the sign-in form. */
export interface SignInTry {
  /** The canonical e-mail address of the user, or of what was typed if no user has that name. */
  readonly account: string;
  readonly user: Owner | null;
  readonly ip: string;
}

/** A try by a signed-in user. */
export interface ConfirmTry {
  readonly user: Owner;
  readonly sessionId: string;
}

export interface Check<Result> {
  readonly look: (standing: Standing) => Promise<Result>;
  /** Receives the number of failures in a row, this one included. */
  readonly onFailure?: (failedInARow: number, standing: Standing) => Promise<void>;
}

interface Admission extends Hold {
  readonly standing: Standing;
}

/** Whether the user signed in recently from the network of that address. */
export type IsFamiliar = (userId: string, ip: string) => Promise<boolean>;

interface Parts {
  readonly open: OpenBudget;
  /** The store holds the names that were tried as HMACs only. */
  readonly key: KeyObject;
  readonly isFamiliar: IsFamiliar;
}

export type Throttle = ReturnType<typeof createThrottle>;

/**
 * Every path on which a password is checked goes through here. Refreshing does not: a throttled account goes on
 * refreshing.
 */
export function createThrottle({ open, key, isFamiliar }: Parts) {
  /** Against spraying: one password on many accounts. */
  const networks = createNetworkBudget(open, { name: 'password-network', points: 100, seconds: 10 * MINUTE });
  const strangers = createSeries(open, 'password');
  const familiar = createSeries(open, 'familiar-password');
  /** Over all familiar networks of an account together. */
  const allFamiliar = open({ name: 'familiar-all', points: MAX_FAILURES, seconds: FAILURES_KEPT_SECONDS });
  const session = open({ name: 'session-password', points: FREE_TRIES, seconds: FAILURES_KEPT_SECONDS });
  /** Over all sessions of a user together: five of them, stolen, can use it up, and one cannot. */
  const allSessions = open({ name: 'session-all', points: MAX_FAILURES, seconds: FAILURES_KEPT_SECONDS });
  const signIns = open({ name: 'quota-sign-in', points: 30, seconds: MINUTE });
  const credentialChanges = open({ name: 'quota-credentials', points: 10, seconds: HOUR });

  const keyOf = (...parts: readonly string[]) => createHmac('sha256', key).update(parts.join('\n')).digest('base64url');
  /** A new password begins a new count of those who are not strangers. */
  const ownerKey = ({ id, passwordChangedAt }: Owner, ...parts: readonly string[]) =>
    keyOf(id, passwordChangedAt.toISOString(), ...parts);

  /** The result of `look`, if a try is left. Throws `rate_limited`. */
  async function signIn<Result>(attempt: SignInTry, check: Check<Result>): Promise<Result> {
    let standing: Standing = 'stranger';
    const subject = keyOf(attempt.account);
    const held = await holdAll([
      () => holdOfNetwork(networks, attempt.ip),
      async () => {
        const admitted = await admit(attempt, subject);
        standing = admitted.standing;
        return admitted;
      },
      () => holdOfQuota(signIns, subject),
    ]);
    return settled(held, standing, check);
  }

  /**
   * A familiar network has a budget of its own, which is touched only when that of strangers refuses, or when strangers
   * have closed the password. An unknown name costs the same query.
   */
  async function admit({ user, ip }: SignInTry, subject: string): Promise<Admission> {
    const findOwner = once(async () => ((await isFamiliar(user?.id ?? newId(), ip)) ? user : null));
    const owner = user?.passwordLockedAt ? await findOwner() : null;
    if (owner) return admitFamiliar(owner, ip);
    return admitStranger(subject).catch(async (refusal: unknown) => {
      const familiarOwner = isRefusal(refusal) ? await findOwner() : null;
      if (!familiarOwner) throw refusal;
      return admitFamiliar(familiarOwner, ip);
    });
  }

  async function admitStranger(subject: string): Promise<Admission> {
    return { standing: 'stranger', ...(await strangers.take(subject)) };
  }

  async function admitFamiliar(user: Owner, ip: string): Promise<Admission> {
    const held = await holdAll([
      () => familiar.take(ownerKey(user, networkOf(ip))),
      () => holdOfCeiling(allFamiliar, ownerKey(user)),
    ]);
    return { standing: 'familiar_network', ...held };
  }

  /** The same for a signed-in user, whose tries strangers cannot use up. Throws `rate_limited`. */
  async function confirm<Result>({ user, sessionId }: ConfirmTry, check: Check<Result>): Promise<Result> {
    const held = await holdAll([
      () => holdOfQuota(credentialChanges, user.id),
      () => holdOfCeiling(session, ownerKey(user, sessionId)),
      () => holdOfCeiling(allSessions, ownerKey(user)),
    ]);
    return settled(held, 'session', check);
  }

  async function settled<Result>(held: Hold, standing: Standing, { look, onFailure }: Check<Result>) {
    const result = await look(standing).catch(async (error: unknown) => {
      if (isFailure(error)) await onFailure?.(await held.settle('wrong'), standing);
      else await held.settle('unknown');
      throw error;
    });
    await held.settle('right');
    return result;
  }

  /** The owner has chosen a new password: what strangers tried on the old one does not count any more. */
  async function forgive(account: string): Promise<void> {
    await strangers.clear(keyOf(account));
  }

  return { signIn, confirm, forgive };
}

function isFailure(error: unknown): boolean {
  return error instanceof AuthError && failureCodes.includes(error.code);
}

function isRefusal(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'rate_limited';
}
