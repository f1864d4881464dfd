// sessions/familiar-networks.ts: the networks from which a user recently signed in.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { addSeconds, type Clock } from '../platform/clock.ts';
import { networkOf } from '../platform/network.ts';
import type { Query, Table } from '../platform/query.ts';
import { statement } from '../platform/statement.ts';
import type { Session } from './session.ts';

interface Tables {
  Session: Table<typeof Session>;
}

const RECENT_SECONDS = 30 * 86_400;
/** Bounds the cost of the query, which is asked on behalf of strangers. */
const NEWEST = 100;

const findNewest = statement((db: Query<Tables>, { userId }: { userId: string }) =>
  db
    .selectFrom('Session')
    .select(['ip', 'createdAt', 'endReason'])
    .where('userId', '=', userId)
    .orderBy('id', 'desc')
    .limit(NEWEST),
);

/**
 * A session that its user ended from another device does not count: that may be how the user got rid of a stranger.
 */
export function createIsFamiliar({ em, now }: { em: SqlEntityManager; now: Clock }) {
  return async (userId: string, ip: string): Promise<boolean> => {
    const since = addSeconds(now(), -RECENT_SECONDS);
    const newest = await findNewest.all(em, { userId });
    const recent = newest.filter(({ createdAt, endReason }) => createdAt >= since && endReason !== 'ended_by_user');
    const addresses = new Set(recent.map((session) => session.ip));
    const network = networkOf(ip);
    return [...addresses].some((address) => networkOf(address) === network);
  };
}
