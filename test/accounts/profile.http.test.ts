import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { bearer } from '../harness/api.ts';
import { type RunningService, startService } from '../harness/service.ts';

const first = {
  preferred_username: 'Ann.Smith',
  given_name: 'Ann',
  family_name: 'Smith',
  name: 'Dr Ann Smith',
  locale: 'en-GB',
  zoneinfo: 'Europe/London',
  picture: 'https://example.com/a.png',
};

const second = {
  preferred_username: 'annabelle',
  given_name: 'Anna-Belle',
  family_name: 'ni Mh\u00f3rdha \u{1f40e}',
  name: 'Anna',
  locale: 'ga',
  zoneinfo: 'America/Argentina/Buenos_Aires',
  picture: 'https://b\u00fccher.example/a.png?size=2#top',
};

const nothing = Object.fromEntries(Object.keys(first).map((name) => [name, null]));

/** A service with Ann, and what changes her profile, a minute later each time. */
async function startWithAnn(members: object = {}) {
  const service = await startService();
  const { user, tokens } = await service.api.signUp({ email: 'ann@example.com', ...members });
  const change = (changes: object, path = '/me') => {
    service.clock.advance({ minutes: 1 });
    return service.api.patch(path, changes, tokens.access_token);
  };
  return { ...service, user, tokens, change };
}

const at = ({ clock }: Pick<RunningService, 'clock'>) => clock.now().toISOString();

describe('profile: one member', () => {
  test.each(Object.keys(first))('%s is set, changed and taken away, and nothing else moves', async (name) => {
    const service = await startWithAnn();
    const { api, user, tokens, change } = service;
    const values = [Reflect.get(first, name), Reflect.get(second, name), null];
    for (const value of values) {
      const { status, body } = await change({ [name]: value });
      expect(status).toBe(200);
      expect(body).toEqual({ ...user, [name]: value, updated_at: at(service) });
      expect(await api.me(tokens.access_token)).toEqual(body);
    }
  });

  test.each(Object.keys(first))('%s stays when it is not named', async (name) => {
    const { change } = await startWithAnn();
    await change(first);
    const { [name]: _, ...others } = second as Record<string, string>;
    expect((await change(others)).body).toMatchObject({ ...others, [name]: Reflect.get(first, name) });
    const { body } = await change({ ...nothing, [name]: undefined });
    expect(body).toMatchObject({ ...nothing, [name]: Reflect.get(first, name) });
  });
});

test('profile: all members at once are set, changed and taken away', async () => {
  const service = await startWithAnn();
  for (const values of [first, second, nothing]) {
    const { body } = await service.change(values);
    expect(body).toEqual({ ...service.user, ...values, updated_at: at(service) });
  }
});

test('profile: an empty object changes nothing', async () => {
  const service = await startWithAnn();
  const { body: before } = await service.change(first);
  service.clock.advance({ minutes: 1 });
  const { status, body } = await service.change({});
  expect(status).toBe(200);
  expect(body).toEqual(before);
});

test('profile: userinfo has the new claims, and loses those that are taken away', async () => {
  const { api, clock, tokens, change, user } = await startWithAnn();
  const userInfo = async () => (await api.get('/userinfo', tokens.access_token)).body;
  const known = { sub: user.id, email: user.email, email_verified: false };
  await change(second);
  expect(await userInfo()).toEqual({ ...known, ...second, updated_at: Math.floor(clock.now().getTime() / 1000) });
  await change(nothing);
  expect(await userInfo()).toEqual({ ...known, updated_at: Math.floor(clock.now().getTime() / 1000) });
});

test('profile: HTML is kept and given back as the text that it is', async () => {
  const { api, change, tokens } = await startWithAnn();
  const markup = { name: '<script>alert(1)</script>', given_name: `<b title="x">&amp;'</b>`, family_name: '%3Cb%3E' };
  const { headers, body } = await change(markup);
  expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(body).toMatchObject(markup);
  expect(await api.me(tokens.access_token)).toMatchObject(markup);
});

test('profile: a change is no sign-in, ends no session, and is written down once', async () => {
  const { api, database, users, user, tokens, change } = await startWithAnn();
  const before = await users.find(user.id);
  await change({ name: 'Ann' });
  const after = await users.find(user.id);
  expect(after).toEqual({ ...before, name: 'Ann', updatedAt: after?.updatedAt });
  await api.refresh(tokens.refresh_token);
  expect(await database.em.fork().find(AuditEvent, { type: 'user.profile_changed' })).toMatchObject([
    { userId: user.id, sessionId: tokens.session_id, clientId: 'first-party', details: {} },
  ]);
});

describe('profile: a new user name', () => {
  const refused = { status: 400, error: 'invalid_grant' };

  test('is what its owner signs in by, and the old one is nobody', async () => {
    const { api, user, change } = await startWithAnn({ preferred_username: 'ann' });
    await change({ preferred_username: 'Annabelle' });
    const { access_token } = await api.signIn('annabelle');
    expect(await api.me(access_token)).toMatchObject({ id: user.id, preferred_username: 'Annabelle' });
    await expect(api.signIn('ann')).rejects.toMatchObject(refused);
    await api.signIn('ann@example.com');
  });

  test('leaves the old one to others', async () => {
    const { api, change } = await startWithAnn({ preferred_username: 'ann' });
    await change({ preferred_username: 'annabelle' });
    const { user } = await api.signUp({ preferred_username: 'ANN' });
    const { access_token } = await api.signIn('ann');
    expect(await api.me(access_token)).toMatchObject({ id: user.id });
  });

  test('that is taken away is nobody, and free for others', async () => {
    const { api, change } = await startWithAnn({ preferred_username: 'ann' });
    await change({ preferred_username: null });
    await expect(api.signIn('ann')).rejects.toMatchObject(refused);
    expect(
      (await api.post('/signup', { email: 'bob@example.com', password: 'a horse, correct', preferred_username: 'Ann' }))
        .status,
    ).toBe(201);
  });

  test('can be the own one, as it is or in another case', async () => {
    const { api, user, change } = await startWithAnn({ preferred_username: 'ann' });
    for (const name of ['ann', 'ANN', 'Ann']) {
      expect(await change({ preferred_username: name })).toMatchObject({
        status: 200,
        body: { preferred_username: name },
      });
    }
    const { access_token } = await api.signIn('aNN');
    expect(await api.me(access_token)).toMatchObject({ id: user.id, preferred_username: 'Ann' });
  });
});

test('profile: whose it is, only the token says', async () => {
  const { api, users, user, change, tokens } = await startWithAnn();
  const { user: bob } = await api.signUp({ email: 'bob@example.com' });
  const before = await users.find(bob.id);
  const ofBob = `user_id=${bob.id}&sub=${bob.id}&id=${bob.id}&email=bob@example.com`;
  expect((await change({ name: 'Ann' }, `/me?${ofBob}`)).body).toMatchObject({ id: user.id, name: 'Ann' });
  expect(await api.get(`/me/sessions?${ofBob}`, tokens.access_token)).toMatchObject({ status: 400 }); // unknown members
  for (const path of ['/me', '/userinfo']) {
    const answer = await api.get(`${path}?${ofBob}`, tokens.access_token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual((await api.get(path, tokens.access_token)).body);
  }
  const form = { user_id: bob.id, sub: bob.id, id: bob.id };
  expect((await api.form(`/userinfo?${ofBob}`, form, bearer(tokens.access_token))).body).toMatchObject({
    sub: user.id,
  });
  for (const name of ['user_id', 'sub', 'id']) {
    expect(await change({ name: 'Eve', [name]: bob.id })).toMatchObject({ status: 400 });
  }
  expect(await users.find(bob.id)).toEqual(before);
});
