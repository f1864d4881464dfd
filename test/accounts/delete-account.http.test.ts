import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';

const ANN = 'ann@example.com';

async function startWithAnn() {
  const service = await startService();
  const { user, tokens } = await service.api.signUp({ email: ANN, preferred_username: 'annabelle' });
  const remove = (members: object) => service.api.del('/me', members, tokens.access_token);
  const trySignIn = (username: string) =>
    service.api.form('/token', { grant_type: 'password', username, password: PASSWORD });
  const markVerified = () =>
    service.database.em.fork().nativeUpdate(User, { id: user.id }, { emailVerifiedAt: service.clock.now() });
  return { ...service, user, tokens, remove, trySignIn, markVerified };
}

describe('delete account: refused, and nothing is changed', () => {
  test.each([
    ['with a wrong password', { password: 'wrong password' }, 'password_wrong', []],
    ['with an empty password', { password: '' }, 'password_wrong', []],
    ['with a password that none can be', { password: 'x'.repeat(1025) }, 'invalid_request', []],
    ['without a password', {}, 'invalid_request', ['/password required']],
    ['with null for a password', { password: null }, 'invalid_request', ['/password wrong_type']],
    ['with the id of somebody', { password: PASSWORD, id: 'x' }, 'invalid_request', ['/id unknown_member']],
  ])('%s', async (_, members, code, faults) => {
    const { api, database, users, user, tokens, remove, deliverMails, letters } = await startWithAnn();
    const other = await api.signIn(ANN);
    await deliverMails();
    const before = await users.find(user.id);
    const answer = await remove(members);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    const errors: { pointer: string; code: string }[] = answer.body.errors ?? [];
    expect(errors.map((error) => `${error.pointer} ${error.code}`)).toEqual(faults);
    expect(await users.find(user.id)).toEqual(before);
    expect(await database.em.fork().count(Session, { endedAt: null })).toBe(2);
    await api.refresh(other.refresh_token);
    await api.refresh(tokens.refresh_token);
    await deliverMails();
    expect(letters).toHaveLength(1); // that of the sign-up
  });

  test('without an access token', async () => {
    const { api, users, user } = await startWithAnn();
    expect(await api.del('/me', { password: PASSWORD })).toMatchObject({
      status: 401,
      body: { code: 'token_missing' },
    });
    expect(await users.find(user.id)).not.toBeNull();
  });
});

describe('delete account: with the password', () => {
  test('the account is gone, every session has ended, and a refresh is told why', async () => {
    const { api, users, user, tokens, remove, database, clock } = await startWithAnn();
    const others = [await api.signIn(ANN), await api.signIn('annabelle', { remember_me: 'true' })];
    const bob = await api.signUp();
    expect(await remove({ password: PASSWORD })).toMatchObject({ status: 204, text: '' });
    expect(await users.find(user.id)).toBeNull();
    const tombstone = { userId: user.id, endReason: 'user_deleted', endedAt: clock.now() } as const;
    expect(await database.em.fork().count(Session, tombstone)).toBe(3);
    for (const session of [tokens, ...others]) {
      expect(await api.get('/me', session.access_token)).toMatchObject({
        status: 401,
        body: { code: 'invalid_token' },
      });
      const answer = await api.tryRefresh(session.refresh_token);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason: 'user_deleted' } });
    }
    await api.refresh(bob.tokens.refresh_token);
  });

  test('a sign-in fails like that of a user who never was', async () => {
    const { remove, trySignIn } = await startWithAnn();
    await remove({ password: PASSWORD });
    const unknown = visible(await trySignIn('nobody@example.com'));
    expect(unknown.status).toBe(400);
    expect(visible(await trySignIn(ANN))).toEqual(unknown);
    expect(visible(await trySignIn('annabelle'))).toEqual(unknown);
  });

  test('address and user name are free, for an account of its own', async () => {
    const { api, user, tokens, remove } = await startWithAnn();
    await remove({ password: PASSWORD });
    const again = await api.signUp({ email: ANN, preferred_username: 'Annabelle' });
    expect(again.user.id).not.toBe(user.id);
    expect(again.user).toMatchObject({ email: ANN, email_verified: false, metadata: {} });
    expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
    expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject({ body: { reason: 'user_deleted' } });
    expect((await api.get('/me/sessions', again.tokens.access_token)).body.sessions).toHaveLength(1);
  });

  test('its owner gets a mail, without a code in it', async () => {
    const { remove, deliverMails, letters, markVerified } = await startWithAnn();
    await deliverMails();
    await markVerified();
    letters.splice(0);
    await remove({ password: PASSWORD });
    await deliverMails();
    expect(letters).toMatchObject([{ to: ANN, subject: expect.stringContaining('was deleted') }]);
    expect(letters[0]?.text).not.toContain('code=');
  });

  test('a code that was mailed before, or that waits to be, is good for nothing', async () => {
    const { api, remove, deliverMails, letters, tokens, markVerified } = await startWithAnn();
    await deliverMails();
    await markVerified();
    await api.post('/password-reset', { email: ANN });
    await api.put('/me/email', { email: 'ann@elsewhere.example', password: PASSWORD }, tokens.access_token);
    await remove({ password: PASSWORD });
    const [, welcome] = /code=([\w-]+)/.exec(letters.splice(0)[0]?.text ?? '') ?? [];
    expect(await api.post('/email-verification/confirm', { code: welcome })).toMatchObject({
      body: { code: 'code_invalid' },
    });
    await deliverMails();
    expect(letters.map(({ to }) => to)).toEqual([ANN, ANN]); // notices: of the asked change, and of the end
    expect(JSON.stringify(letters)).not.toContain('code=');
  });

  test('no table knows the user any more, but for the tombstones, the log of events, and the outbox', async () => {
    const { database, user, remove, deliverMails } = await startWithAnn();
    await deliverMails(); // a code is stored now
    const before = await findTraces(database.orm, user.id);
    expect(before).toEqual(['audit_events', 'one_time_codes', 'sessions', 'users']);
    await remove({ password: PASSWORD });
    expect(await findTraces(database.orm, user.id)).toEqual(['audit_events', 'sessions']);
    expect(await findTraces(database.orm, 'ann@')).toEqual([]);
    expect(await findTraces(database.orm, 'annabelle')).toEqual([]);
    await deliverMails();
    expect(await findTraces(database.orm, user.id)).toEqual(['audit_events', 'sessions']);
    expect(await database.em.fork().count(AuditEvent, { type: 'user.deleted', userId: user.id })).toBe(1);
  });

  test('of twenty that ask at once, one is answered, and the account goes once', async () => {
    const { database, remove, deliverMails, letters, markVerified } = await startWithAnn();
    await markVerified();
    const answers = await Promise.all(Array.from({ length: 20 }, () => remove({ password: PASSWORD })));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([204, ...Array(19).fill(401)]);
    expect(await database.em.fork().count(AuditEvent, { type: 'user.deleted' })).toBe(1);
    await deliverMails();
    expect(letters.filter(({ subject }) => subject.includes('was deleted'))).toHaveLength(1);
  });
});

/** The tables that hold the text, in whatever column. */
async function findTraces(orm: Awaited<ReturnType<typeof startService>>['database']['orm'], text: string) {
  const tables = [...orm.getMetadata().getAll().values()].map(({ tableName }) => tableName);
  expect(tables).toContain('one_time_codes');
  const rows = await Promise.all(tables.map((table) => orm.em.fork().execute(`select * from ${table}`)));
  return tables.filter((_, at) => JSON.stringify(rows[at]).includes(text)).toSorted();
}
