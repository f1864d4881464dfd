// What is written down of repeats within the grace whose key is not that of the rotation.
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { startService } from '../harness/service.ts';

const type = 'refresh_token.repeated';

async function startWithAnn() {
  const service = await startService();
  const { user, tokens } = await service.api.signUp({ email: 'ann@example.com' });
  const repeats = () => service.database.em.fork().find(AuditEvent, { type }, { orderBy: { id: 'asc' } });
  return { ...service, user, tokens, repeats };
}

describe('refresh: a repeat within the grace is audited', () => {
  test.each([
    ['whose key is missing', 'a-key', undefined, 'missing'],
    ['whose key is different', 'a-key', 'another-key', 'different'],
    ['with a key, though the rotation had none', undefined, 'a-key', 'different'],
  ])('%s', async (_, made, sent, key) => {
    const { api, user, tokens, repeats } = await startWithAnn();
    const next = await api.refresh(tokens.refresh_token, { ...(made && { key: made }) });
    const again = await api.refresh(tokens.refresh_token, { ...(sent && { key: sent }) });
    expect(again.refresh_token).toBe(next.refresh_token);
    expect(await repeats()).toMatchObject([
      { userId: user.id, sessionId: tokens.session_id, clientId: 'first-party', details: { key } },
    ]);
  });

  test.each([
    ['with the key of the rotation', 'a-key'],
    ['by tabs that send no keys at all', undefined],
  ])('but not %s', async (_, key) => {
    const { api, tokens, repeats } = await startWithAnn();
    for (let tabs = 0; tabs < 5; tabs += 1) await api.refresh(tokens.refresh_token, { ...(key && { key }) });
    expect(await repeats()).toEqual([]);
  });

  test('at most ten times in an hour for a session, however often it rotates and repeats', async () => {
    const { api, tokens, repeats } = await startWithAnn();
    let { refresh_token } = tokens;
    const turn = async () => {
      const next = await api.refresh(refresh_token, { key: 'a-key' });
      for (const key of ['b-key', 'c-key']) await api.refresh(refresh_token, { key });
      refresh_token = next.refresh_token;
    };
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(await repeats()).toHaveLength(10);
    const other = await api.signIn('ann@example.com');
    await api.refresh(other.refresh_token, { key: 'a-key' });
    await api.refresh(other.refresh_token);
    expect((await repeats()).slice(10)).toMatchObject([{ sessionId: other.session_id }]);
  });

  test('at most ten times by many at once', async () => {
    const { api, tokens, database } = await startWithAnn();
    await api.refresh(tokens.refresh_token, { key: 'a-key' });
    await Promise.all(Array.from({ length: 50 }, (_, n) => api.refresh(tokens.refresh_token, { key: `key-${n}` })));
    expect(await database.em.fork().count(AuditEvent, { type })).toBe(10);
  });
});
