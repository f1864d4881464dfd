// test/sessions/crowd.ts: users with very many sessions that are over.
import { newId } from '../../src/platform/random.ts';
import { Session } from '../../src/sessions/session.ts';
import { onPostgres, type RunningService } from '../harness/service.ts';

/** As many sign-ins of that user as that, all of them logged out again: copies of one, made by the database. */
export async function addEnded({ database, clock }: RunningService, userId: string, count: number): Promise<void> {
  const at = clock.now();
  const endsAt = new Date(at.getTime() + 3_600_000);
  const em = database.em.fork();
  const [first, ...copies] = Array.from({ length: count }, newId);
  await em.insert(Session, {
    ...{ id: first, userId, clientId: 'first-party', scope: '', remembered: false },
    ...{
      generation: 0,
      minGeneration: 0,
      retryKeyHash: null,
      rotatedAt: at,
      authTime: at,
      createdAt: at,
      amr: ['pwd'],
    },
    ...{ idleExpiresAt: endsAt, expiresAt: endsAt, endedAt: at, endReason: 'logged_out' as const },
    ...{ ip: '127.0.0.1', userAgent: null },
  });
  const { props } = em.getMetadata().get(Session);
  const columns = props.flatMap(({ fieldNames }) => fieldNames).filter((name) => name !== 'id');
  const listed = onPostgres ? 'json_array_elements_text(?::json) as fresh' : 'json_each(?) as fresh';
  await em.execute(
    `insert into sessions (id, ${columns}) select fresh.${onPostgres ? 'value::uuid' : 'value'},
     ${columns.map((name) => `model.${name}`)} from ${listed}, sessions model where model.id = ?`,
    [JSON.stringify(copies), first],
  );
}

export function countEnded({ database }: RunningService, userId: string): Promise<number> {
  return database.em.fork().count(Session, { userId, endedAt: { $ne: null } });
}
