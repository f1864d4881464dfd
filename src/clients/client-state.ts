// clients/client-state.ts: a client that is disabled, enabled or deleted, and how far the end of its sessions is.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import { RegisteredClient, type RegisteredClientRow } from './registered-client.ts';

interface Tables {
  RegisteredClient: Table<typeof RegisteredClient>;
}

/** A client whose sessions have to end: those that began before that instant or, if it is not live, all. */
export interface EndingClient extends Pick<RegisteredClientRow, 'id' | 'disabledAt' | 'deletedAt'> {
  readonly sessionsEndBefore: Date;
}

export function createClientState({ now }: { now: Clock }) {
  /** False if there is no such client. */
  function disable(tx: SqlEntityManager, id: string): Promise<boolean> {
    return set(tx, id, { disabledAt: now(), sessionsEndBefore: now() });
  }

  /**
   * Sessions that began before this instant stay dead, also one that was opened by a sign-in which was under way while the
   * client was disabled. False if there is no such client, or if it is not disabled.
   */
  function enable(tx: SqlEntityManager, id: string): Promise<boolean> {
    return set(tx, id, { disabledAt: null, sessionsEndBefore: now() }, { disabledAt: { $ne: null } });
  }

  /** The row stays until the sessions have ended, and keeps the identifier from being registered again. */
  function remove(tx: SqlEntityManager, id: string): Promise<boolean> {
    const dead = { disabledAt: now(), deletedAt: now(), sessionsEndBefore: now() };
    return set(tx, id, { ...dead, secrets: [], jwks: null });
  }

  async function set(tx: SqlEntityManager, id: string, changes: Partial<RegisteredClientRow>, only: object = {}) {
    const at = { ...changes, updatedAt: now() };
    return (await tx.nativeUpdate(RegisteredClient, { ...only, id, deletedAt: null }, at)) === 1;
  }

  /** Null if no sessions of this client have to end. */
  async function findEnding(tx: SqlEntityManager, id: string): Promise<EndingClient | null> {
    const row = await query<Tables>(tx)
      .selectFrom('RegisteredClient')
      .select(['id', 'disabledAt', 'deletedAt', 'sessionsEndBefore'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.sessionsEndBefore ? { ...row, sessionsEndBefore: row.sessionsEndBefore } : null;
  }

  /** The same, and locks the row: until the transaction ends, no other one enables or registers the client. */
  async function holdEnding(tx: SqlEntityManager, id: string): Promise<EndingClient | null> {
    await tx.execute('update clients set updated_at = updated_at where id = ?', [id]);
    return findEnding(tx, id);
  }

  async function listEnding(tx: SqlEntityManager): Promise<string[]> {
    const rows = query<Tables>(tx).selectFrom('RegisteredClient').select('id');
    return (await rows.where('sessionsEndBefore', 'is not', null).execute()).map(({ id }) => id);
  }

  /** No session is left. The caller holds the row, or has just changed it. */
  async function finishEnding(tx: SqlEntityManager, { id, deletedAt }: EndingClient): Promise<void> {
    if (deletedAt) await tx.nativeDelete(RegisteredClient, { id });
    else await tx.nativeUpdate(RegisteredClient, { id }, { sessionsEndBefore: null });
  }

  return { disable, enable, remove, findEnding, holdEnding, listEnding, finishEnding };
}
