// Who is told about tokens, and what is true of the ones that are good.
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { Role } from '../../src/roles/role.ts';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { newDatabase, onPostgres } from '../harness/service.ts';
import { asking, basic, gateway, inactive, monitor, portal, startAsking } from './asking.ts';

const challenge = 'Basic realm="latchkey", charset="UTF-8"';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Signed by nobody. */
const assertionOf = (sub: unknown) => ({
  client_assertion_type: assertionType,
  client_assertion: `${part({ alg: 'ES256' })}.${part({ iss: sub, sub })}.${part({})}`,
});

describe('who may ask', () => {
  test('introspection: a secret in the header or in the body, told the same', async () => {
    const { api, secrets, introspect } = await startAsking();
    const { access_token: token } = (await api.signUp()).tokens;
    const inBody = await introspect(token);
    const inHeader = await api.form('/introspect', { token }, basic(gateway.id, secrets[gateway.id] ?? ''));
    expect(inBody).toMatchObject({ status: 200, body: { active: true } });
    expect(inHeader).toMatchObject({ status: 200, text: inBody.text });
    expect(inBody.headers.get('cache-control')).toBe('no-store');
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['nobody', {}, {}],
    ['a public client', { client_id: secondClient.id }, {}],
    ['the built-in client', { client_id: 'first-party' }, {}],
    ['a public client with an empty secret', {}, basic(secondClient.id, '')],
    ['a public client with a secret', { client_id: secondClient.id, client_secret: 'secret' }, {}],
    ['a wrong secret in the body', { client_id: gateway.id, client_secret: 'wrong' }, {}],
    ['a wrong secret in the header', {}, basic(gateway.id, 'wrong')],
    ['a name without its secret', { client_id: gateway.id }, {}],
    ['an unknown client', {}, basic('nobody', 'secret')],
    ['a header of another scheme', {}, { Authorization: 'Bearer abc' }],
    ['an assertion that nobody signed', assertionOf(gateway.id), {}],
    ['an assertion of a number', assertionOf(5), {}],
    ['an assertion of a list', assertionOf([gateway.id]), {}],
    ['an assertion of an object', assertionOf({ id: gateway.id }), {}],
    ['an assertion of a name that no database can hold', assertionOf('\0'), {}],
    ['a name that no database can hold', { client_id: '\0', client_secret: 'secret' }, {}],
  ])('introspection: asked by %s, refused with a challenge', async (_, parameters, headers) => {
    const { api } = await startAsking();
    const { access_token: token } = (await api.signUp()).tokens;
    const answer = await api.form('/introspect', { token, ...parameters }, headers);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(Object.keys(answer.body)).toEqual(['error', 'error_description']);
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
  });

  test('introspection: the secret of another client, refused', async () => {
    const { api, secrets } = await startAsking();
    const answer = await api.form('/introspect', { token: 'x' }, basic(gateway.id, secrets[monitor.id] ?? ''));
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test.each([
    ['no token', {}],
    ['an empty one', { token: '' }],
  ])('introspection: asked about %s, a malformed request', async (_, parameters) => {
    const { api, proof } = await startAsking();
    const answer = await api.form('/introspect', { ...parameters, ...proof(gateway) });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('introspection: asked about two tokens at once, a malformed request', async () => {
    const { api, secrets } = await startAsking();
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...basic(gateway.id, secrets[gateway.id] ?? ''),
    };
    const answer = await api.send('POST', '/introspect', { body: 'token=a&token=b', headers });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

describe('what is true of a good token', () => {
  test('introspection: an access token of a person, all that it says and the address', async () => {
    const { api, introspect, config } = await startAsking();
    const { user, tokens } = await api.signUp({ email: 'Ada@Example.com', preferred_username: 'ada' });
    const { iss, sub, aud, exp, iat, jti, client_id, scope, sid } = decodeJwt(tokens.access_token);
    const { body } = await introspect(tokens.access_token);
    const claims = { iss, sub, aud, exp, iat, jti, client_id, scope, sid };
    expect(body).toEqual({ active: true, username: 'Ada@Example.com', token_type: 'Bearer', ...claims });
    expect(claims).toMatchObject({ iss: config.issuer, sub: user.id, sid: tokens.session_id, scope: '' });
    expect([body.exp, body.iat].every(Number.isInteger)).toBe(true);
  });

  test('introspection: an access token of a client, all that it says and no person', async () => {
    const { introspect, ownToken } = await startAsking();
    const token = await ownToken(backend);
    const { iss, sub, aud, exp, iat, jti, client_id, scope } = decodeJwt(token);
    const { body } = await introspect(token, backend);
    const claims = { iss, sub, aud, exp, iat, jti, client_id, scope };
    expect(body).toEqual({ active: true, token_type: 'Bearer', ...claims });
    expect(claims).toMatchObject({ sub: backend.id, client_id: backend.id, scope: 'notes:read notes:write' });
  });

  test('introspection: a refresh token, its session and how long it is good', async () => {
    const { clock, config, introspect, signUpThrough } = await startAsking();
    const { user, tokens } = await signUpThrough(portal);
    const iat = Math.floor(clock.now().getTime() / 1000);
    expect((await introspect(tokens.refresh_token, portal)).body).toEqual({
      active: true,
      scope: 'notes:read notes:write',
      client_id: portal.id,
      username: user.email,
      token_type: 'refresh_token',
      exp: iat + tokens.refresh_expires_in,
      iat,
      sub: user.id,
      aud: config.issuer,
      iss: config.issuer,
      sid: tokens.session_id,
    });
  });

  test.each(['access_token', 'refresh_token', 'nonsense'])('introspection: hinted at as %s, the same', async (hint) => {
    const { introspect, signUpThrough } = await startAsking();
    const { tokens } = await signUpThrough(portal);
    for (const token of [tokens.access_token, tokens.refresh_token, 'garbage']) {
      const [plain, hinted] = [
        await introspect(token, portal),
        await introspect(token, portal, { token_type_hint: hint }),
      ];
      expect(hinted).toMatchObject({ status: 200, text: plain.text });
    }
  });

  test('introspection: a token of its own whose audience is elsewhere, told to its client', async () => {
    const { introspect, ownToken } = await startAsking();
    const token = await ownToken(backend);
    expect((await introspect(token, gateway)).body).toEqual(inactive);
    expect((await introspect(token, backend)).body).toMatchObject({ active: true });
  });

  test('introspection: with the scope for it, everything is told', async () => {
    const { api, tell, ownToken, signUpThrough } = await startAsking();
    const own = (await api.signUp()).tokens;
    const theirs = (await signUpThrough(portal)).tokens;
    const tokens = [own, theirs].flatMap(({ access_token, refresh_token }) => [access_token, refresh_token]);
    const answers = await tell([...tokens, await ownToken(backend)], monitor);
    expect(answers.map(({ active }) => active)).toEqual([true, true, true, true, true]);
  });

  test('introspection: a role is taken away, and the scope shrinks at once', async () => {
    const { database, tell, signUpThrough } = await startAsking();
    const { user, tokens } = await signUpThrough(portal);
    const both = [tokens.access_token, tokens.refresh_token];
    const scopes = async () => (await tell(both, portal)).map(({ active, scope }) => ({ active, scope }));
    const em = database.em.fork();
    expect(await scopes()).toEqual(Array(2).fill({ active: true, scope: 'notes:read notes:write' }));
    await em.nativeUpdate(Role, { name: 'user' }, { scopes: ['notes:read'] });
    expect(await scopes()).toEqual(Array(2).fill({ active: true, scope: 'notes:read' }));
    await em.nativeUpdate(User, { id: user.id }, { roles: [] });
    expect(await scopes()).toEqual(Array(2).fill({ active: true, scope: '' }));
  });

  test.runIf(onPostgres)('introspection: a log-out at one instance, known to the other at once', async () => {
    const databaseUrl = await newDatabase();
    const one = await startAsking({ databaseUrl, env: { ISSUER: 'https://id.example' } });
    const issued = { databaseUrl, env: { ISSUER: 'https://id.example' }, clock: one.clock, clients: [] };
    const other = asking({ ...(await startAsking(issued)), secrets: one.secrets });
    const { tokens } = await one.signUpThrough(portal);
    const both = [tokens.access_token, tokens.refresh_token];
    expect((await other.tell(both, portal)).map(({ active }) => active)).toEqual([true, true]);
    await one.api.post('/logout', { refresh_token: tokens.refresh_token });
    expect(await other.tell(both, portal)).toEqual([inactive, inactive]);
    expect(await other.database.em.fork().count(Session, { endedAt: null, clientId: portal.id })).toBe(0);
  });
});
