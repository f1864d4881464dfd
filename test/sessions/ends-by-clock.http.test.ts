// Sessions end although the clock of the machine is ahead, by which they look expired: when it is right again, none lives.
import { expect, test } from 'vitest';
import { theService } from '../../src/platform/origin.ts';
import { Session } from '../../src/sessions/session.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { type RunningService, startService } from '../harness/service.ts';

const ANN = 'ann@example.com';
const AHEAD_HOURS = 3;
const NEW_PASSWORD = 'a better horse battery';

type World = RunningService & { readonly refreshToken: string; readonly userId: string };

const act = { actor: null, origin: theService() };

async function resetCode({ api, deliverMails, letters }: RunningService): Promise<string> {
  await api.post('/password-reset', { email: ANN });
  await deliverMails();
  return codeIn(letterTo(letters, ANN, /password/i));
}

/** What ends all sessions, or all others, and how many of three it leaves. */
const ends: readonly [how: string, left: number, end: (world: World) => Promise<unknown>][] = [
  [
    'a log-out everywhere',
    0,
    ({ api, refreshToken }) => api.post('/logout', { sessions: 'all', refresh_token: refreshToken }),
  ],
  [
    'a log-out elsewhere',
    1,
    ({ api, refreshToken }) => api.post('/logout', { sessions: 'others', refresh_token: refreshToken }),
  ],
  [
    'a reset of the password',
    0,
    async (world) =>
      world.api.post('/password-reset/confirm', { code: await resetCode(world), password: NEW_PASSWORD }),
  ],
  [
    'a new password',
    1, // that of the sign-in that it takes
    async ({ api }) => {
      const { access_token } = await api.signIn(ANN);
      const body = { current_password: 'correct horse battery', new_password: NEW_PASSWORD };
      return api.put('/me/password', body, access_token);
    },
  ],
  ['an administrator', 0, async ({ userAdmin }) => userAdmin.endSessions(await userAdmin.get(ANN), act)],
  ['a disabled account', 0, async ({ userAdmin }) => userAdmin.disable(await userAdmin.get(ANN), act)],
  ['a deleted account', 0, async ({ userAdmin }) => userAdmin.remove(await userAdmin.get(ANN), act)],
];

test.each(ends)('sessions: a clock that is ahead leaves none alive after %s', async (_, left, end) => {
  const service = await startService();
  const { api, clock, database } = service;
  const { user, tokens } = await api.signUp({ email: ANN });
  await api.signIn(ANN);
  await api.signIn(ANN, { remember_me: 'true' });
  clock.advance({ hours: AHEAD_HOURS });
  await end({ ...service, refreshToken: tokens.refresh_token, userId: user.id });
  expect(await database.em.fork().count(Session, { userId: user.id, endedAt: null })).toBe(left);
});

test('sessions: those that look expired end before those that live, and none stays without an end beyond the maximum', async () => {
  const { api, clock, database } = await startService({ env: { MAX_SESSIONS_PER_USER: '3' } });
  const { user, tokens: remembered } = await api.signUp({ email: ANN, remember_me: true });
  const idle = [await api.signIn(ANN), await api.signIn(ANN)];
  clock.advance({ hours: AHEAD_HOURS });
  const newer = [await api.signIn(ANN), await api.signIn(ANN)];
  expect(await database.em.fork().count(Session, { userId: user.id, endedAt: null })).toBe(3);
  for (const { refresh_token } of [remembered, ...newer]) await api.refresh(refresh_token);
  for (const { refresh_token } of idle) {
    expect(await api.tryRefresh(refresh_token)).toMatchObject({ body: { reason: 'expired_idle' } });
  }
});
