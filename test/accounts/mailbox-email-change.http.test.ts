import { describe, expect, test } from 'vitest';
import { ANN, BOB, codeInvalid, NEW_ADDRESS, readTables, startWithAnn, withoutTries } from './mailbox.ts';

describe('e-mail change: asking for it', () => {
  test.each([
    ['wrong', 'wrong horse battery', 'password_wrong'],
    ['empty', '', 'password_wrong'],
    ['missing', undefined, 'invalid_request'],
    ['null', null, 'invalid_request'],
    ['an array', ['correct horse battery'], 'invalid_request'],
  ])('e-mail change: a password that is %s, nothing is asked for', async (_, password, code) => {
    const service = await startWithAnn();
    const { api, tokens, newLetters } = service;
    const before = await readTables(service);
    const answer = await api.send('PUT', '/me/email', {
      body: JSON.stringify({ email: NEW_ADDRESS, password }),
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${tokens.access_token}` },
    });
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(withoutTries(await readTables(service))).toEqual(before);
    expect(await newLetters()).toEqual([]);
  });

  test('e-mail change: without an access token, 401 and nothing is asked for', async () => {
    const service = await startWithAnn();
    const before = await readTables(service);
    const nobody = { ...service.tokens, access_token: 'none' };
    expect((await service.changeEmail(nobody)).status).toBe(401);
    expect(await readTables(service)).toEqual(before);
  });

  test('e-mail change: before the proof, the account is as it was and the old address is told', async () => {
    const service = await startWithAnn();
    const { api, tokens, changeEmail, newLetters, markVerified } = service;
    await markVerified();
    const before = await readTables(service);
    expect(await changeEmail(tokens)).toMatchObject({ status: 204, text: '' });
    const letters = await newLetters();
    expect(letters.map(({ to }) => to).toSorted()).toEqual([NEW_ADDRESS, ANN]);
    const notice = letters.find(({ to }) => to === ANN);
    expect(notice?.subject).toContain('new e-mail address');
    expect(notice?.text).not.toMatch(/code=|elsewhere/);
    const { users, sessions } = await readTables(service);
    expect({ users, sessions }).toEqual({ users: before.users, sessions: before.sessions });
    await api.signIn(ANN);
    await expect(api.signIn(NEW_ADDRESS)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test.each(['ann@', 'elsewhere.example', '', null, 1, ['ann@elsewhere.example']])(
    'e-mail change: to %j, 400 and no mail',
    async (email) => {
      const service = await startWithAnn();
      const before = await readTables(service);
      const { status, body } = await service.changeEmail(service.tokens, email);
      expect([status, body.code, body.errors[0].pointer]).toEqual([400, 'invalid_request', '/email']);
      expect(await readTables(service)).toEqual(before);
    },
  );
});

describe('e-mail change: proved', () => {
  test('e-mail change: with the code, the new address signs in, the old one does not and is told', async () => {
    const { api, tokens, changeCode, verify, newLetters, clock, markVerified } = await startWithAnn();
    await markVerified();
    const code = await changeCode(tokens);
    expect(await verify(code)).toMatchObject({ status: 204, text: '' });
    expect(await api.me(tokens.access_token)).toMatchObject({ email: NEW_ADDRESS, email_verified: true });
    await api.signIn(NEW_ADDRESS.toUpperCase());
    await expect(api.signIn(ANN)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await newLetters()).map(({ to, subject }) => [to, subject])).toEqual([
      [ANN, expect.stringContaining('was changed')],
    ]);
    clock.advance({ minutes: 1 });
    expect(await verify(code)).toMatchObject({ status: 409, body: { code: 'already_verified' } });
  });

  test('e-mail change: done, mail about the account goes to the new address and the old one is free', async () => {
    const { api, askReset, newLetters, tokens, changeCode, verify, waitAnHour } = await startWithAnn();
    await verify(await changeCode(tokens));
    await newLetters();
    waitAnHour();
    await askReset(ANN);
    await askReset(NEW_ADDRESS);
    expect((await newLetters()).map(({ to }) => to)).toEqual([NEW_ADDRESS]);
    await api.signUp({ email: ANN });
  });

  test('e-mail change: to the own address, is a proof of it like any other', async () => {
    const { api, tokens, changeCode, newLetters, verify, askVerification, waitAnHour } = await startWithAnn();
    expect((await verify(await changeCode(tokens, ANN))).status).toBe(204);
    expect(await api.me(tokens.access_token)).toMatchObject({ email: ANN, email_verified: true });
    await newLetters();
    waitAnHour();
    await askVerification(ANN);
    expect(await newLetters()).toEqual([]);
  });

  test('e-mail change: to another spelling of the own address, is kept as written', async () => {
    const { api, tokens, changeCode, verify } = await startWithAnn();
    await verify(await changeCode(tokens, 'Ann@Example.com'));
    expect(await api.me(tokens.access_token)).toMatchObject({ email: 'Ann@Example.com', email_verified: true });
    await api.signIn(ANN);
  });

  test.each([ANN, 'Ann@Example.com'])(
    'e-mail change: to the own address as %s, nobody is told of another',
    async (email) => {
      const { tokens, changeCode, newLetters, verify } = await startWithAnn();
      expect((await verify(await changeCode(tokens, email))).status).toBe(204);
      expect((await newLetters()).map(({ text }) => text)).toEqual([]);
    },
  );
});

describe('e-mail change: to an address that somebody has', () => {
  test('e-mail change: to a taken address, the same answer, its owner is told, and there is no code', async () => {
    const service = await startWithAnn();
    const { api, tokens, changeEmail, newLetters, waitAnHour } = service;
    await api.signUp({ email: 'Bob@Example.com' });
    await newLetters();
    waitAnHour();
    const fresh = await api.signIn(ANN);
    const free = await changeEmail(fresh, 'free@elsewhere.example');
    const taken = await changeEmail(fresh, BOB);
    const headersOf = ({ headers }: typeof free) => ({
      ...Object.fromEntries(headers),
      date: '',
      'x-request-id': '',
    });
    expect([taken.status, taken.text, headersOf(taken)]).toEqual([free.status, free.text, headersOf(free)]);
    const letters = await newLetters();
    const told = letters.filter(({ to }) => to === 'Bob@Example.com');
    expect(told.map(({ subject }) => subject)).toEqual([expect.stringContaining('Your e-mail address')]);
    expect(letters.some(({ text, html }) => /code=/.test(text + html))).toBe(false);
    expect(JSON.stringify(told)).not.toContain('ann');
    expect(await api.me(fresh.access_token)).toMatchObject({ email: ANN });
    expect(tokens.session_id).not.toBe(fresh.session_id);
  });

  test('e-mail change: an address that is taken after the letter, the code is invalid and both keep theirs', async () => {
    const service = await startWithAnn();
    const { api, tokens, changeCode, verify } = service;
    const code = await changeCode(tokens);
    const other = await api.signUp({ email: NEW_ADDRESS.toUpperCase() });
    const { users: before } = await readTables(service);
    expect(await verify(code)).toMatchObject(codeInvalid);
    expect((await readTables(service)).users).toEqual(before);
    expect(await api.me(other.tokens.access_token)).toMatchObject({ email_verified: false });
    await api.signIn(ANN);
  });

  test('e-mail change: an address that is taken before the letter, its owner is told and there is no code', async () => {
    const { api, tokens, changeEmail, newLetters } = await startWithAnn();
    await changeEmail(tokens);
    await api.signUp({ email: NEW_ADDRESS });
    const letters = await newLetters();
    expect(letters.filter(({ text }) => text.includes('code=')).map(({ subject }) => subject)).toEqual([
      expect.stringContaining('Confirm your e-mail address'),
    ]);
  });
});
