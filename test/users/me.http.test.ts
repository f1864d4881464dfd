import { describe, expect, test } from 'vitest';
import { User, type UserRow } from '../../src/users/user.ts';
import { bearer } from '../harness/api.ts';
import { type RunningService, startService } from '../harness/service.ts';

const everything = {
  email: 'Ann.Smith@Example.com',
  preferred_username: 'Ann.Smith',
  given_name: 'Ann',
  family_name: 'Smith',
  name: 'Dr Ann Smith',
  locale: 'en-GB',
  zoneinfo: 'Europe/London',
};

function change({ database }: RunningService, id: string, values: Partial<UserRow>) {
  return database.em.fork().nativeUpdate(User, { id }, values);
}

/** The answers of every way to ask who is signed in. */
async function askAll({ api }: RunningService, token: string) {
  return [
    await api.get('/me', token),
    await api.get('/userinfo', token),
    await api.send('POST', '/userinfo', { headers: bearer(token) }),
  ];
}

describe('me', () => {
  test('says what was said at sign-up, and what we know beside it', async () => {
    const { api, clock } = await startService();
    const { tokens } = await api.signUp(everything);
    const at = clock.now().toISOString();
    expect((await api.get('/me', tokens.access_token)).body).toEqual({
      ...everything,
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      email_verified: false,
      picture: null,
      roles: ['user'],
      metadata: {},
      disabled: false,
      created_at: at,
      updated_at: at,
      last_signed_in_at: at,
    });
  });

  test('is null where nothing is known', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    expect((await api.get('/me', tokens.access_token)).body).toMatchObject({
      preferred_username: null,
      given_name: null,
      family_name: null,
      name: null,
      locale: null,
      zoneinfo: null,
      picture: null,
    });
  });

  test('has the same members whether or not anything is known', async () => {
    const { api } = await startService();
    const [little, much] = [await api.signUp(), await api.signUp(everything)];
    const namesOf = async (token: string) => Object.keys(await api.me(token));
    expect(await namesOf(little.tokens.access_token)).toEqual(await namesOf(much.tokens.access_token));
  });

  test('shows what an administrator has changed since the token was made', async () => {
    const service = await startService();
    const { api, clock } = service;
    const { user, tokens } = await api.signUp();
    const metadata = { plan: 'pro', seats: { used: 3, names: ['é', '"', "'"] } };
    const emailVerifiedAt = clock.now();
    await change(service, user.id, {
      emailVerifiedAt,
      picture: 'https://example.com/a.png',
      roles: ['user', 'admin'],
      metadata,
    });
    expect(await api.me(tokens.access_token)).toEqual({
      ...user,
      email_verified: true,
      picture: 'https://example.com/a.png',
      roles: ['user', 'admin'],
      metadata,
    });
  });

  test('is about the owner of the token, whoever else there is', async () => {
    const { api } = await startService();
    const people = [await api.signUp(), await api.signUp(), await api.signUp()];
    for (const { user, tokens } of people) expect(await api.me(tokens.access_token)).toEqual(user);
  });
});

describe('userinfo', () => {
  test('has the claims of OpenID Connect and no others', async () => {
    const service = await startService();
    const { api, clock } = service;
    const { user, tokens } = await api.signUp(everything);
    await change(service, user.id, { picture: 'https://example.com/a.png', roles: ['user', 'admin'] });
    const claims = {
      ...everything,
      sub: user.id,
      email_verified: false,
      picture: 'https://example.com/a.png',
      updated_at: Math.floor(clock.now().getTime() / 1000),
    };
    expect((await api.get('/userinfo', tokens.access_token)).body).toEqual(claims);
    const byPost = await api.send('POST', '/userinfo', { headers: bearer(tokens.access_token) });
    expect(byPost.body).toEqual(claims);
  });

  test('leaves out what is not known', async () => {
    const { api } = await startService();
    const { tokens } = await api.signUp();
    const { body } = await api.get('/userinfo', tokens.access_token);
    expect(Object.keys(body).toSorted()).toEqual(['email', 'email_verified', 'sub', 'updated_at']);
  });

  test('ignores the body of a POST: a token in it is none', async () => {
    const { api } = await startService();
    const { user, tokens } = await api.signUp();
    const form = { access_token: tokens.access_token };
    expect((await api.form('/userinfo', form)).status).toBe(401);
    const answer = await api.form('/userinfo', { access_token: 'x' }, bearer(tokens.access_token));
    expect(answer.body).toMatchObject({ sub: user.id });
  });
});

test('me, userinfo: no hash is told, and nobody may keep the answer', async () => {
  const service = await startService();
  const { tokens } = await service.api.signUp(everything);
  for (const { status, text, headers } of await askAll(service, tokens.access_token)) {
    expect(status).toBe(200);
    expect(text).not.toMatch(/hash|argon2|canonical|password/i);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  }
});

describe('me, userinfo: 401 at once', () => {
  async function expectRefusal(service: RunningService, token: string) {
    for (const { status, headers, body } of await askAll(service, token)) {
      expect([status, body.code]).toEqual([401, 'invalid_token']);
      expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
    }
  }

  test('when the user was disabled, until the user is enabled again', async () => {
    const service = await startService();
    const { user, tokens } = await service.api.signUp();
    await change(service, user.id, { disabledAt: service.clock.now() });
    await expectRefusal(service, tokens.access_token);
    await change(service, user.id, { disabledAt: null });
    expect(await service.api.me(tokens.access_token)).toMatchObject({ id: user.id });
  });

  test('when the user was deleted', async () => {
    const service = await startService();
    const { user, tokens } = await service.api.signUp();
    await service.database.em.fork().nativeDelete(User, { id: user.id });
    await expectRefusal(service, tokens.access_token);
  });

  test('when the session was ended, and only that one', async () => {
    const service = await startService();
    const { user, tokens } = await service.api.signUp({ email: 'ann@example.com' });
    const other = await service.api.signIn('ann@example.com');
    const logOut = await service.api.post('/logout', {}, bearer(tokens.access_token));
    expect(logOut.status).toBe(204);
    await expectRefusal(service, tokens.access_token);
    expect(await service.api.me(other.access_token)).toMatchObject({ id: user.id });
  });

  test('when the session has not been used for too long, however long the token lives', async () => {
    const service = await startService({ env: { ACCESS_TOKEN_TTL: '1h', SESSION_IDLE_TTL: '30m' } });
    const { tokens } = await service.api.signUp();
    service.clock.advance({ minutes: 29, seconds: 59 });
    expect((await service.api.get('/me', tokens.access_token)).status).toBe(200);
    service.clock.advance({ seconds: 1 });
    await expectRefusal(service, tokens.access_token);
  });

  test('when the session has come to its absolute end, however often it was used', async () => {
    const service = await startService({
      env: { ACCESS_TOKEN_TTL: '1h', SESSION_IDLE_TTL: '30m', SESSION_TTL: '40m' },
    });
    const { tokens } = await service.api.signUp();
    service.clock.advance({ minutes: 20 });
    const next = await service.api.refresh(tokens.refresh_token);
    service.clock.advance({ minutes: 20 });
    await expectRefusal(service, next.access_token);
  });
});
