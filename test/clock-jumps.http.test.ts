// The clock of the machine is wrong for a while: by days or by a year, in either direction.
import { expect, test } from 'vitest';
import { startService } from './harness/service.ts';

const IDLE_DAYS = 14;
const remembered = { env: { REMEMBERED_IDLE_TTL: `${IDLE_DAYS}d`, REMEMBERED_TTL: '30d' } };

test.each([1, 365])('clock: %i days backwards log nobody out, and neither does the right time again', async (days) => {
  const { api, clock, keys } = await startService(remembered);
  const [used, unused] = [await api.signUp({ remember_me: true }), await api.signUp({ remember_me: true })];
  clock.advance({ days: -days });
  await keys.keepUp();
  const before = await api.refresh(used.tokens.refresh_token);
  expect(before).toMatchObject({ session_id: used.tokens.session_id });
  expect(await api.me(before.access_token)).toMatchObject({ email: used.user.email });
  expect(await api.signIn(used.user.email)).toMatchObject({ token_type: 'Bearer' });

  clock.advance({ days });
  await keys.keepUp();
  expect(await api.refresh(unused.tokens.refresh_token)).toMatchObject({ session_id: unused.tokens.session_id });
  const after = await api.tryRefresh(before.refresh_token);
  // By the only clock that there is, a session that was last used so long ago has been idle for too long.
  if (days > IDLE_DAYS) expect(after).toMatchObject({ status: 400, body: { reason: 'expired_idle' } });
  else expect(after).toMatchObject({ status: 200, body: { session_id: used.tokens.session_id } });
});

test('clock: a year forwards is said to have ended what it ended, and the right time brings that back', async () => {
  const { api, clock, keys, sweep } = await startService(remembered);
  const { tokens } = await api.signUp({ remember_me: true });
  await sweep();
  clock.advance({ days: 365 });
  await keys.keepUp();
  await sweep();
  const refused = await api.tryRefresh(tokens.refresh_token);
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason: 'expired' } });
  expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
  const then = await api.signIn('user1@example.com');
  expect(await api.me(then.access_token)).toMatchObject({ email: 'user1@example.com' });

  clock.advance({ days: -365 });
  await keys.keepUp();
  const again = await api.refresh(tokens.refresh_token);
  expect(again).toMatchObject({ session_id: tokens.session_id });
  expect(await api.me(again.access_token)).toMatchObject({ email: 'user1@example.com' });
  expect(await api.refresh(then.refresh_token)).toMatchObject({ session_id: then.session_id });
});
