// A user who has signed in and out very often: what that costs later, and what is kept of it.
import { describe, expect, test } from 'vitest';
import { theService } from '../../src/platform/origin.ts';
import { transact } from '../../src/platform/transaction.ts';
import { Session } from '../../src/sessions/session.ts';
import type { Tokens } from '../harness/api.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { addEnded, countEnded } from './crowd.ts';

const ANN = 'ann@example.com';
const BOB = 'bob@example.com';
const ENDED = 20_000;
const KEPT = 100;
const PRUNED_AT_ONCE = 500;
const TRIES = 15;

/** Milliseconds that each takes at its fastest, by turns: what a busy machine adds is not what is measured. */
async function fastest(...acts: (() => Promise<unknown>)[]): Promise<number[]> {
  const times = acts.map(() => Number.POSITIVE_INFINITY);
  for (let tries = 0; tries < TRIES; tries += 1) {
    for (const [at, act] of acts.entries()) {
      const before = performance.now();
      await act();
      times[at] = Math.min(times[at] ?? 0, performance.now() - before);
    }
  }
  return times;
}

async function startWithAnn(env: Record<string, string> = {}) {
  const service = await startService({ env });
  const { user, tokens } = await service.api.signUp({ email: ANN });
  return { ...service, user, tokens };
}

const anySignIn = { clientId: 'first-party', scope: '', remembered: false, amr: ['pwd'] };

const logOut = ({ api }: RunningService, tokens: Tokens) =>
  api.post('/logout', { refresh_token: tokens.refresh_token });

describe('sessions: many that have ended', () => {
  test('cost a list and a sign-in little more than none do, and a hundred are left', async () => {
    const service = await startWithAnn();
    const { sessions, user } = service;
    const { user: bob } = await service.api.signUp({ email: BOB });
    await addEnded(service, user.id, ENDED);
    const em = service.database.em.fork();
    await em.execute('analyze sessions');
    const list = ({ id }: typeof user) => sessions.listLive(em, id);
    // Without the hash of the password, which costs more than all the rest.
    const open = ({ id: userId }: typeof user) =>
      transact(em, (tx) => sessions.open(tx, { userId, origin: theService(), ...anySignIn }));
    const ofList = await fastest(
      () => list(user),
      () => list(bob),
    );
    for (let signIns = 0; signIns < ENDED / PRUNED_AT_ONCE; signIns += 1) await open(user);
    expect(await countEnded(service, user.id)).toBe(KEPT);
    const ofSignIn = await fastest(
      () => open(user),
      () => open(bob),
    );
    for (const [many = 0, none = 0] of [ofList, ofSignIn]) expect(many).toBeLessThan(4 * none + 2);
  });

  test('sign-ins work off a backlog a batch at a time, until a hundred are left: the newest', async () => {
    const service = await startWithAnn();
    const { api, user } = service;
    await addEnded(service, user.id, 1_250);
    const left: number[] = [];
    for (let signIns = 0; signIns < 4; signIns += 1) {
      await logOut(service, await api.signIn(ANN));
      left.push(await countEnded(service, user.id));
    }
    // A sign-in and a log-out delete up to 500 each.
    expect(left).toEqual([251, KEPT, KEPT, KEPT]);
    const rows = await service.database.em.fork().find(Session, { userId: user.id }, { orderBy: { id: 'desc' } });
    expect(rows.slice(0, 4).map(({ ip, userAgent }) => ({ ip, isReal: userAgent !== null }))).toEqual(
      Array(4).fill({ ip: '127.0.0.1', isReal: true }),
    );
  });

  test('an end in the list, and an end of all others, leave a hundred', async () => {
    const service = await startWithAnn({ MAX_SESSIONS_PER_USER: '1000' });
    const { api, user, tokens } = service;
    await addEnded(service, user.id, KEPT);
    const lost = await api.signIn(ANN);
    await api.del(`/me/sessions/${lost.session_id}`, {}, tokens.access_token);
    expect(await countEnded(service, user.id)).toBe(KEPT);
    for (let signIns = 0; signIns < 5; signIns += 1) await api.signIn(ANN);
    await api.post('/logout', { sessions: 'others' }, { Authorization: `Bearer ${tokens.access_token}` });
    expect(await countEnded(service, user.id)).toBe(KEPT);
    expect(await api.tryRefresh(lost.refresh_token)).toMatchObject({ body: { reason: 'ended_by_user' } });
  });

  test('of others are left alone', async () => {
    const service = await startWithAnn();
    const { user: bob } = await service.api.signUp({ email: BOB });
    await addEnded(service, bob.id, KEPT + 20);
    await logOut(service, await service.api.signIn(ANN));
    expect(await countEnded(service, bob.id)).toBe(KEPT + 20);
  });

  test('nothing that has not ended is deleted, whatever the clock says', async () => {
    const service = await startWithAnn();
    const { api, clock, user, tokens } = service;
    await addEnded(service, user.id, KEPT);
    clock.advance({ days: 20 });
    await logOut(service, await api.signIn(ANN));
    clock.advance({ days: -20 });
    expect(await api.refresh(tokens.refresh_token)).toMatchObject({ session_id: tokens.session_id });
  });
});

describe('sessions: the list in pages', () => {
  test('is the whole list, newest first, each session once, and the cursor of a user is good for nobody else', async () => {
    const { api, tokens } = await startWithAnn();
    const all = [tokens];
    for (let signIns = 0; signIns < 4; signIns += 1) all.unshift(await api.signIn(ANN));
    const seen: string[] = [];
    const cursors: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { status, body } = await api.get(
        `/me/sessions?limit=2${cursor && `&cursor=${cursor}`}`,
        tokens.access_token,
      );
      expect(status).toBe(200);
      expect(body.sessions.length).toBeLessThanOrEqual(2);
      seen.push(...body.sessions.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
      if (cursor) cursors.push(cursor);
    }
    expect(seen).toEqual(all.map(({ session_id }) => session_id));
    expect(cursors).toHaveLength(2);
    const bob = await api.signUp({ email: BOB });
    const foreign = await api.get(`/me/sessions?cursor=${cursors[0]}`, bob.tokens.access_token);
    expect(foreign).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cursor', code: 'invalid' }] } });
  });

  test('goes on where it was, though sessions end and begin meanwhile', async () => {
    const { api, tokens } = await startWithAnn();
    const [second, third, fourth] = [await api.signIn(ANN), await api.signIn(ANN), await api.signIn(ANN)];
    const first = await api.get('/me/sessions?limit=2', tokens.access_token);
    expect(first.body.sessions).toMatchObject([{ id: fourth.session_id }, { id: third.session_id }]);
    await api.signIn(ANN);
    await api.del(`/me/sessions/${third.session_id}`, {}, tokens.access_token);
    const next = await api.get(`/me/sessions?limit=2&cursor=${first.body.next_cursor}`, tokens.access_token);
    expect(next.body).toMatchObject({
      sessions: [{ id: second.session_id }, { id: tokens.session_id }],
      next_cursor: null,
    });
  });

  test.each(['limit=0', 'limit=201', 'limit=two', 'cursor=nonsense', 'cursor=', 'page=2'])(
    'by %s is refused',
    async (query) => {
      const { api, tokens } = await startWithAnn();
      expect(await api.get(`/me/sessions?${query}`, tokens.access_token)).toMatchObject({ status: 400 });
    },
  );
});
