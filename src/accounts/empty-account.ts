// accounts/empty-account.ts: takes an account from the person who signed up with an address that was never verified. Its
// owner has shown to read the mailbox; everything that could let the first person in again ends here.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Origin } from '../platform/origin.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { UserRow } from '../users/user.ts';
import type { OneTimeCodes } from './one-time-codes.ts';

interface Parts {
  readonly codes: OneTimeCodes;
  readonly sessions: Sessions;
}

/**
 * Ends sessions and pending codes, a pending change of address included. A feature that adds a way into an account is
 * emptied here too. The caller replaces the password. Profile and metadata stay: they open nothing.
 */
export type EmptyAccount = (tx: SqlEntityManager, user: UserRow, origin: Origin) => Promise<void>;

export function createEmptyAccount({ codes, sessions }: Parts): EmptyAccount {
  return async (tx, { id: userId }, origin) => {
    await codes.voidAll(tx, userId);
    await sessions.endAll(tx, { userId, reason: 'password_reset', origin });
  };
}
