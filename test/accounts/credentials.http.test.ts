import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';

const ANN = 'annabelle.smith@example.com';
const NEW_PASSWORD = 'another horse battery';

/** A service with Ann, signed in once, and what changes her password. */
async function startWithAnn(env: Record<string, string> = {}) {
  const service = await startService({ env });
  const { user, tokens } = await service.api.signUp({ email: ANN, preferred_username: 'The.Real_Ann' });
  const change = (members: object, token = tokens.access_token) => service.api.put('/me/password', members, token);
  const row = () => service.users.find(user.id);
  return { ...service, user, tokens, change, row };
}

const good = { current_password: PASSWORD, new_password: NEW_PASSWORD };

describe('password: a change', () => {
  test('is answered with tokens; from then on the new one opens and the old one does not', async () => {
    const { api, change, row, clock } = await startWithAnn();
    const before = await row();
    clock.advance({ minutes: 1 });
    expect(await change(good)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    await api.signIn(ANN, { password: NEW_PASSWORD });
    await expect(api.signIn(ANN)).rejects.toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await change(good)).toMatchObject({ status: 400, body: { code: 'password_wrong' } });
    const after = await row();
    expect(after?.passwordHash).toMatch(/^\$argon2id\$v=19\$/);
    expect(after?.passwordHash).not.toBe(before?.passwordHash);
    expect(after).toMatchObject({ passwordChangedAt: clock.now(), emailVerifiedAt: null });
  });

  test('ends all other sessions, and says why; this one lives on', async () => {
    const { api, user, tokens, change } = await startWithAnn();
    const others = [await api.signIn(ANN), await api.signIn(ANN, { remember_me: 'true' })];
    const { status, body } = await change(good);
    expect(status).toBe(200);
    for (const other of others) {
      expect(await api.get('/me', other.access_token)).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
      const answer = await api.tryRefresh(other.refresh_token);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason: 'password_changed' } });
    }
    expect(await api.me(tokens.access_token)).toMatchObject({ id: user.id });
    const next = await api.refresh(body.refresh_token);
    expect(next.session_id).toBe(tokens.session_id);
    expect(await api.me(next.access_token)).toMatchObject({ id: user.id });
  });

  test('is counted in the database: the sessions of this user, but one, and of nobody else', async () => {
    const { api, user, tokens, change, database, clock } = await startWithAnn();
    for (let signIns = 0; signIns < 4; signIns += 1) await api.signIn(ANN);
    const ended = await api.signIn(ANN);
    await api.post('/logout', { refresh_token: ended.refresh_token });
    const { user: stranger } = await api.signUp();
    await api.signIn(stranger.email);
    clock.advance({ minutes: 1 });
    await change(good);
    const em = database.em.fork();
    const changed = { endReason: 'password_changed', endedAt: clock.now() } as const;
    expect(await em.count(Session, { userId: user.id, ...changed })).toBe(4);
    expect(await em.count(Session, { userId: user.id, endReason: 'logged_out' })).toBe(1);
    expect(await em.find(Session, { userId: user.id, endedAt: null })).toMatchObject([{ id: tokens.session_id }]);
    expect(await em.count(Session, { userId: stranger.id, endedAt: null })).toBe(2);
    const endings = await em.find(AuditEvent, { type: 'session.ended', userId: user.id });
    expect(endings.filter(({ details }) => details.endReason === 'password_changed')).toHaveLength(4);
    expect(await em.find(AuditEvent, { type: 'user.password_changed' })).toMatchObject([
      { userId: user.id, sessionId: tokens.session_id, clientId: 'first-party' },
    ]);
  });

  test('is told to the owner by mail, without a code or a password in it', async () => {
    const { change, user, database, clock, deliverMails, letters } = await startWithAnn();
    await deliverMails();
    letters.splice(0);
    await database.em.fork().nativeUpdate(User, { id: user.id }, { emailVerifiedAt: clock.now() });
    await change(good);
    await deliverMails();
    expect(letters).toMatchObject([{ to: ANN, subject: expect.stringContaining('password at localhost was changed') }]);
    expect(JSON.stringify(letters)).not.toMatch(/battery|code=/);
  });

  test('voids whatever was mailed before', async () => {
    const { api, change, deliverMails, letters } = await startWithAnn();
    await api.post('/password-reset', { email: ANN });
    await deliverMails();
    const codes = letters.map(codeIn);
    expect(codes).toHaveLength(2);
    await change(good);
    for (const code of codes) {
      const refused = { status: 400, body: { code: 'code_invalid' } };
      expect(await api.post('/email-verification/confirm', { code })).toMatchObject(refused);
      expect(await api.post('/password-reset/confirm', { code, password: 'a third horse' })).toMatchObject(refused);
    }
  });

  test('twice in an hour leaves the owner a mail to reset it with', async () => {
    const { api, change, deliverMails, letters } = await startWithAnn();
    await change(good);
    await change({ current_password: NEW_PASSWORD, new_password: 'a third horse' });
    await deliverMails();
    letters.splice(0);
    await api.post('/password-reset', { email: ANN });
    await deliverMails();
    expect(letters.map(({ to, subject }) => [to, subject])).toEqual([[ANN, expect.stringContaining('Choose')]]);
  });

  test('keeps every character, and NFC is all that is done to them', async () => {
    const { api, change } = await startWithAnn();
    await change({ ...good, new_password: ' \ufb01rst cafe\u0301 ' });
    await api.signIn(ANN, { password: ' \ufb01rst caf\u00e9 ' });
    for (const password of ['\ufb01rst caf\u00e9', ' first caf\u00e9 ']) {
      await expect(api.signIn(ANN, { password })).rejects.toMatchObject({ error: 'invalid_grant' });
    }
  });
});

const names = { ISSUER: 'https://accounts.my-bookshop.example' };

const refusals: [situation: string, members: object, status: number, faults: object, env?: Record<string, string>][] = [
  ['a wrong one as the current', { ...good, current_password: 'wrong password' }, 400, {}],
  ['an empty one as the current', { ...good, current_password: '' }, 400, {}],
  ['nothing', {}, 400, { '/current_password': 'required', '/new_password': 'required' }],
  ['no current one', { new_password: NEW_PASSWORD }, 400, { '/current_password': 'required' }],
  ['no new one', { current_password: PASSWORD }, 400, { '/new_password': 'required' }],
  ['a null', { ...good, new_password: null }, 400, { '/new_password': 'wrong_type' }],
  ['a list', { ...good, current_password: [PASSWORD] }, 400, { '/current_password': 'wrong_type' }],
  ['the current one again', { ...good, new_password: PASSWORD }, 400, { '/new_password': 'password_unchanged' }],
  ['a short one', { ...good, new_password: 'x'.repeat(7) }, 400, { '/new_password': 'password_too_short' }],
  ['four emoji', { ...good, new_password: '\u{1f40e}'.repeat(4) }, 400, { '/new_password': 'password_too_short' }],
  ['a long one', { ...good, new_password: 'x'.repeat(1025) }, 400, { '/new_password': 'password_too_long' }],
  ['a line break', { ...good, new_password: 'a\nhorse, a' }, 400, { '/new_password': 'password_control_character' }],
  ['somebody else', { ...good, user_id: 'bob' }, 400, { '/user_id': 'unknown_member' }],
  ...['password1', 'PassWord1', 'iloveyou'].map(blocked),
  ...[ANN, ANN.toUpperCase(), 'annabelle.smith', 'Annabelle.Smith', 'the.real_ann', 'THE.REAL_ANN'].map(blocked),
  ...['Latchkey', 'localhost', 'LOCALHOST'].map(blocked),
  ...['accounts', 'My-Bookshop', 'accounts.my-bookshop.example'].map((word) => blocked(word, names)),
];

function blocked(word: string, env: unknown): (typeof refusals)[number] {
  const faults = { '/new_password': 'password_blocklisted' };
  const situation = `the word ${word}`;
  const members = { ...good, new_password: word };
  return env === names ? [situation, members, 400, faults, names] : [situation, members, 400, faults];
}

test.each(refusals)('password: a change with %s is refused, and changes nothing', async (...given) => {
  const [, members, status, faults, env] = given;
  const { api, change, row, sessions, user, database, deliverMails, letters } = await startWithAnn(env);
  const other = await api.signIn(ANN);
  await deliverMails();
  const before = [await row(), await sessions.listLive(database.em, user.id), letters.length];
  const answer = await change(members);
  expect(answer.status).toBe(status);
  const errors: { pointer: string; code: string }[] = answer.body.errors ?? [];
  expect(Object.fromEntries(errors.map(({ pointer, code }) => [pointer, code]))).toEqual(faults);
  expect(answer.body.code).toBe(errors.length > 0 ? 'invalid_request' : 'password_wrong');
  await deliverMails();
  expect([await row(), await sessions.listLive(database.em, user.id), letters.length]).toEqual(before);
  await api.refresh(other.refresh_token);
});
