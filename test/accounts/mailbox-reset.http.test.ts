import { describe, expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { ANN, BOB, codeInvalid, NEW_PASSWORD, readTables, startWithAnn, withoutRequests } from './mailbox.ts';

describe('reset: before the proof', () => {
  test('reset: a request, changes no column, ends no session, and the old password goes on', async () => {
    const service = await startWithAnn();
    const { api, tokens, resetCode } = service;
    const before = await readTables(service);
    await resetCode();
    const after = await readTables(service);
    expect({ users: after.users, sessions: after.sessions }).toEqual({
      users: before.users,
      sessions: before.sessions,
    });
    expect(withoutRequests(after).audit_events).toEqual(before.audit_events);
    expect(await api.me(tokens.access_token)).toMatchObject({ email_verified: false });
    await api.refresh(tokens.refresh_token);
    await api.signIn(ANN);
  });

  test('reset: a code that is missing or no text, 400 and nothing changes', async () => {
    const service = await startWithAnn();
    const code = await service.resetCode();
    const before = await readTables(service);
    for (const bad of [undefined, '', null, [code], [], 1, true, { code }, 'x'.repeat(257)]) {
      const { status, body } = await service.reset(bad);
      expect([status, body.code], JSON.stringify(bad)).toEqual([400, 'invalid_request']);
    }
    expect(await readTables(service)).toEqual(before);
    expect((await service.reset(code)).status).toBe(204);
  });

  test('reset: a code that is nearly right, one answer and nothing changes', async () => {
    const service = await startWithAnn();
    const code = await service.resetCode();
    const before = await readTables(service);
    const nearly = [
      code.slice(1),
      code.slice(0, -1),
      `${code}A`,
      ` ${code}`,
      `${code}=`,
      `${code}\0`,
      code.toLowerCase(),
    ];
    for (const bad of [...nearly, '%', '*', 'null', 'A'.repeat(43)]) {
      expect(await service.reset(bad), bad).toMatchObject(codeInvalid);
    }
    expect(await readTables(service)).toEqual(before);
  });

  test('reset: what is stored of a code, is not a code', async () => {
    const service = await startWithAnn();
    await service.resetCode();
    const [stored] = await service.database.em.execute('select digest from one_time_codes where purpose = ?', [
      'reset_password',
    ]);
    expect(await service.reset(stored?.digest)).toMatchObject(codeInvalid);
  });

  test('reset: with the code of somebody else, that account is reset and nobody else’s', async () => {
    const { api, askReset, codeTo, newLetters, reset } = await startWithAnn();
    await api.signUp({ email: BOB });
    await newLetters();
    await askReset(ANN);
    await askReset(BOB);
    const code = await codeTo(BOB);
    const { status, body } = await api.post('/password-reset/confirm', { code, email: ANN, password: NEW_PASSWORD });
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect((await reset(code)).status).toBe(204);
    await api.signIn(BOB, { password: NEW_PASSWORD });
    await api.signIn(ANN);
    await expect(api.signIn(ANN, { password: NEW_PASSWORD })).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('reset: fetching the link’s path, is no operation and leaves the code good', async () => {
    const service = await startWithAnn();
    const code = await service.resetCode();
    const before = await readTables(service);
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const answer = await service.api.send(method, `/password-reset/confirm?code=${code}&password=${NEW_PASSWORD}`);
      expect([answer.status, answer.headers.get('allow')], method).toEqual([405, expect.stringContaining('POST')]);
    }
    expect(await readTables(service)).toEqual(before);
    expect((await service.reset(code)).status).toBe(204);
  });
});

describe('reset: with the code', () => {
  test('reset: done, every session is over, the answer opens none, and the owner is told', async () => {
    const service = await startWithAnn();
    const { api, tokens, resetCode, reset, newLetters } = service;
    const second = await api.signIn(ANN, { remember_me: 'true' });
    const answer = await reset(await resetCode());
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(answer.headers.get('set-cookie')).toBeNull();
    for (const { access_token, refresh_token } of [tokens, second]) {
      expect(await api.get('/me', access_token)).toMatchObject({ status: 401 });
      const refused = await api.tryRefresh(refresh_token);
      expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason: 'password_reset' } });
    }
    expect((await newLetters()).map(({ to, subject }) => [to, subject])).toEqual([
      [ANN, expect.stringContaining('was reset')],
    ]);
    await expect(api.signIn(ANN, { password: PASSWORD })).rejects.toMatchObject({ error: 'invalid_grant' });
    await api.signIn(ANN, { password: NEW_PASSWORD });
  });

  test('reset: done, sessions of others go on', async () => {
    const { api, resetCode, reset } = await startWithAnn();
    const { tokens } = await api.signUp({ email: BOB });
    await reset(await resetCode());
    await api.refresh(tokens.refresh_token);
  });

  test.each([
    ['too short', 'short 7', 'password_too_short'],
    ['too long', 'x'.repeat(1025), 'password_too_long'],
    ['with a line break', 'another horse\nbattery', 'password_control_character'],
    ['with a NUL', 'another horse\0battery', 'password_control_character'],
    ['that everybody tries', 'password123', 'password_blocklisted'],
    ['that is the address', ANN, 'password_blocklisted'],
    ['that is the address in capitals', ANN.toUpperCase(), 'password_blocklisted'],
    ['that is the user name', 'ann.of.green.gables', 'password_blocklisted'],
  ])('reset: a password %s, is refused with its reason and the code stays good', async (_, password, code) => {
    const service = await startWithAnn();
    const { api, tokens, resetCode, reset } = service;
    await service.database.em
      .fork()
      .nativeUpdate(
        User,
        { email: ANN },
        { username: 'Ann.of.Green.Gables', usernameCanonical: 'ann.of.green.gables' },
      );
    service.canaries.allow('Ann.of.Green.Gables');
    const mailed = await resetCode();
    const before = await readTables(service);
    const { status, body } = await reset(mailed, password);
    expect([status, body.code, body.errors]).toEqual([
      400,
      'invalid_request',
      [{ pointer: '/password', code, detail: expect.any(String) }],
    ]);
    expect(await readTables(service)).toEqual(before);
    await api.refresh(tokens.refresh_token);
    expect((await reset(mailed)).status).toBe(204);
  });

  test('reset: the password of before once more, is taken and ends the sessions', async () => {
    const { api, tokens, resetCode, reset } = await startWithAnn();
    expect((await reset(await resetCode(), PASSWORD)).status).toBe(204);
    expect((await api.tryRefresh(tokens.refresh_token)).body).toMatchObject({ reason: 'password_reset' });
    await api.signIn(ANN);
  });

  test('reset: a disabled user, the code does nothing', async () => {
    const service = await startWithAnn();
    const code = await service.resetCode();
    await service.disable(service.user.id);
    const before = await readTables(service);
    expect(await service.reset(code)).toMatchObject(codeInvalid);
    expect(await readTables(service)).toEqual(before);
  });

  test('reset: a deleted user, the code does nothing, even for a new account with the address', async () => {
    const { api, tokens, resetCode, deleteAccount, reset } = await startWithAnn();
    const code = await resetCode();
    expect((await deleteAccount(tokens)).status).toBe(204);
    expect(await reset(code)).toMatchObject(codeInvalid);
    await api.signUp({ email: ANN });
    expect(await reset(code)).toMatchObject(codeInvalid);
    await api.signIn(ANN);
  });
});
