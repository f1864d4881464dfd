// Notices cannot be turned against a mailbox: none goes to an unverified address, and few of a kind to a verified one.
import { expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { outboxRows } from './mails.ts';

const ANN = 'ann@example.com';

/** Ann, and a password that she changes as often as a thief could. */
async function start({ verified }: { verified: boolean }) {
  const service = await startService();
  const { api, clock, database, deliverMails, letters } = service;
  const { user } = await api.signUp({ email: ANN });
  await deliverMails();
  letters.length = 0;
  if (verified) await database.em.fork().nativeUpdate(User, { id: user.id }, { emailVerifiedAt: clock.now() });
  let changes = 0;
  async function changePassword(): Promise<void> {
    const passwords = { current_password: PASSWORD + (changes || ''), new_password: PASSWORD + (changes + 1) };
    const { access_token } = await api.signIn(ANN, { password: passwords.current_password });
    expect((await api.put('/me/password', passwords, access_token)).status).toBeLessThan(300);
    changes += 1;
  }
  /** How many notices have gone out since the last time. */
  async function received(): Promise<number> {
    await deliverMails();
    return letters.splice(0).length;
  }
  const password = () => PASSWORD + (changes || '');
  return { ...service, user, changePassword, password, received };
}

test('notices: to an unverified address none is queued, whatever is done to the account', async () => {
  const service = await start({ verified: false });
  const { api, changePassword, password, received } = service;
  for (let times = 0; times < 5; times += 1) await changePassword();
  const { access_token } = await api.signIn(ANN, { password: password() });
  await api.put('/me/email', { email: 'ann@else.example', password: password() }, access_token);
  await api.del('/me', { password: password() }, access_token);
  expect((await outboxRows(service)).map(({ kind }) => kind).toSorted()).toEqual([
    'email_change',
    'email_verification',
  ]);
  expect(await received()).toBe(0);
});

test('notices: forty changes before the sender comes are one mail', async () => {
  const { changePassword, received } = await start({ verified: true });
  for (let times = 0; times < 40; times += 1) await changePassword();
  expect(await received()).toBe(1);
});

test('notices: of one kind three in an hour', async () => {
  const { changePassword, received, clock } = await start({ verified: true });
  const counts: number[] = [];
  for (let times = 0; times < 5; times += 1) {
    await changePassword();
    counts.push(await received());
  }
  expect(counts).toEqual([1, 1, 1, 0, 0]);
  clock.advance({ minutes: 59, seconds: 59 });
  await changePassword();
  expect(await received()).toBe(0);
  clock.advance({ seconds: 1 });
  await changePassword();
  expect(await received()).toBe(1);
});

test('notices: each kind and each account has its own three', async () => {
  const { api, changePassword, password, received, database, clock } = await start({ verified: true });
  for (let times = 0; times < 4; times += 1) {
    await changePassword();
    await received();
  }
  const { access_token } = await api.signIn(ANN, { password: password() });
  await api.put('/me/email', { email: 'ann@else.example', password: password() }, access_token);
  expect(await received()).toBe(2); // and the code
  const bob = await api.signUp({ email: 'bob@example.com' });
  await received();
  await database.em.fork().nativeUpdate(User, { id: bob.user.id }, { emailVerifiedAt: clock.now() });
  const passwords = { current_password: PASSWORD, new_password: 'another horse battery' };
  await api.put('/me/password', passwords, bob.tokens.access_token);
  expect(await received()).toBe(1);
});
