import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';
import { CANARY, expectFailure } from '../http/failures.ts';
import { asserted, basic, basicOf, changeClient, claimsOf, newKey, setSecrets, sign } from './credentials.ts';

/** A web application: it keeps a secret, and people sign in through it. */
const webApp: ClientRegistration = {
  ...backend,
  id: 'notes-web',
  firstParty: true,
  grants: ['password', 'refresh_token', 'client_credentials'],
};
const { id } = webApp;
const grant = { grant_type: 'client_credentials' };

async function start(clients: readonly ClientRegistration[] = [webApp, secondClient, backend]) {
  const service = await startService({ clients });
  const { api, secrets } = service;
  const { user } = await api.signUp();
  const signIn = { grant_type: 'password', username: user.email, password: PASSWORD };
  const secret = secrets[id] ?? 'none';
  const { body: tokens } = await api.form('/token', signIn, basic(id, secret));
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
  return { ...service, service, user, signIn, secret, tokens, refresh };
}

function expectRefused(answer: Answer, label = ''): void {
  expectFailure(answer, 'oauth', 401, 'invalid_client', label);
}

const CHALLENGE = 'Basic realm="latchkey", charset="UTF-8"';

describe('a client that is refused', () => {
  test.each([
    ['Basic', (client: string, secret: string) => [{}, basic(client, secret)], CHALLENGE],
    ['a parameter', (client: string, secret: string) => [{ client_id: client, client_secret: secret }, {}], null],
  ] as const)('client: by %s, an unknown one and a wrong secret look the same', async (_, prove, challenge) => {
    const { service, api } = await start();
    await changeClient(service, backend.id, { disabledAt: service.clock.now() });
    for (const [path, body] of [
      ['/token', grant],
      ['/revoke', { token: 'x' }],
      ['/introspect', { token: 'x' }],
    ] as const) {
      const ask = (client: string, secret: string) => {
        const [parameters, headers] = prove(client, secret);
        return api.form(path, { ...body, ...parameters }, headers);
      };
      const wrong = await ask(id, CANARY);
      expectRefused(wrong, path);
      expect(wrong.headers.get('www-authenticate')).toBe(path === '/introspect' ? CHALLENGE : challenge);
      expect(visible(await ask('nobody', CANARY))).toEqual(visible(wrong));
      expect(visible(await ask(backend.id, service.secrets[backend.id] ?? ''))).toEqual(visible(wrong));
    }
  });

  test('client: by an assertion, an unknown one and a wrong key look the same', async () => {
    const { service, api } = await start();
    const key = await newKey('ES256');
    const ask = async (client: string) => {
      const assertion = await sign(key, claimsOf(service, client));
      return api.form('/token', { ...grant, ...asserted(assertion) });
    };
    const wrong = await ask(id);
    expectRefused(wrong);
    expect(wrong.headers.get('www-authenticate')).toBeNull();
    expect(visible(await ask('nobody'))).toEqual(visible(wrong));
  });

  test.each([
    ['not base64', { Authorization: `Basic ${CANARY}%%%` }],
    ['base64url', { Authorization: 'Basic _-_-_-_-' }],
    ['nothing', { Authorization: 'Basic' }],
    ['two words', { Authorization: `Basic ${CANARY} ${CANARY}` }],
    ['without a colon', basicOf(id)],
    ['a broken escape in the identifier', basicOf(`%zz:${CANARY}`)],
    ['a broken escape in the secret', basicOf(`${id}:%e2%82`)],
    ['not UTF-8', basicOf(Buffer.from([0xff, 0x3a, 0xfe]))],
    ['without an identifier', basicOf(`:${CANARY}`)],
    ['an identifier with a zero byte', basic(`${id}\0`, CANARY)],
    ['10 KB', { Authorization: `Basic ${'QUFB'.repeat(2560)}` }],
    ['Bearer', { Authorization: `Bearer ${CANARY}` }],
    ['another scheme', { Authorization: `Digest username="${id}"` }],
  ])('client: a header that is %s is refused, and challenged', async (_, headers) => {
    const { api } = await start();
    for (const [path, body] of [
      ['/token', grant],
      ['/revoke', { token: 'x' }],
    ] as const) {
      const answer = await api.form(path, body, headers);
      expectRefused(answer, path);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
    }
  });

  test('client: a secret that is empty, in another case, or with a blank is another', async () => {
    const { service, api } = await start();
    await setSecrets(service, id, 'Secret');
    for (const secret of ['', 'secret', 'SECRET', 'Secret ', ' Secret', 'Secret\n', 'Secre', 'Secret\0']) {
      expectRefused(await api.form('/token', grant, basic(id, secret)), secret);
      expectRefused(await api.form('/token', { ...grant, client_id: id, client_secret: secret }), secret);
    }
    expect(await api.form('/token', grant, basic(id, 'Secret'))).toMatchObject({ status: 200 });
  });

  test('client: an identifier with a zero byte is an unknown one', async () => {
    const { api, refresh } = await start();
    expectRefused(await api.form('/token', { ...refresh, client_id: `${id}\0` }));
    expectRefused(await api.post('/token', { ...refresh, client_id: `${id}\0` }));
  });
});

describe('public and confidential', () => {
  test('client: a public one that brings a secret, a header or an assertion is refused', async () => {
    const { service, api, signIn } = await start();
    const client_id = secondClient.id;
    const tokens = await api.signIn(signIn.username, { client_id });
    const assertion = await sign(await newKey('ES256'), claimsOf(service, client_id));
    for (const body of [signIn, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, grant]) {
      expectRefused(await api.form('/token', { ...body, client_id, client_secret: CANARY }));
      expectRefused(await api.form('/token', body, basic(client_id, CANARY)));
      expectRefused(await api.form('/token', body, basic(client_id, '')));
      expectRefused(await api.form('/token', { ...body, client_id, ...asserted(assertion) }));
    }
    await api.refresh(tokens.refresh_token, { client: client_id });
  });

  test('client: what is left of secrets and keys proves nothing once it is public', async () => {
    const { service, api, signIn } = await start();
    const key = await newKey('ES256');
    await setSecrets(service, secondClient.id, 'left behind');
    await changeClient(service, secondClient.id, { jwks: { keys: [key.jwk] } });
    const assertion = await sign(key, claimsOf(service, secondClient.id));
    expectRefused(await api.form('/token', signIn, basic(secondClient.id, 'left behind')), 'secret');
    expectRefused(await api.form('/token', { ...signIn, ...asserted(assertion) }), 'assertion');
  });

  test('client: a confidential one by its name alone is refused for every grant and everywhere', async () => {
    const { api, signIn, refresh } = await start();
    for (const body of [signIn, refresh, grant]) expectRefused(await api.form('/token', { ...body, client_id: id }));
    expectRefused(await api.form('/revoke', { token: refresh.refresh_token, client_id: id }));
    expectRefused(await api.form('/introspect', { token: refresh.refresh_token, client_id: id }));
    const account = { email: 'new@example.com', password: PASSWORD, client_id: id };
    expectFailure(await api.post('/signup', account), 'problem', 401, 'invalid_client');
  });

  test('client: without its secret, or with a wrong one, a refresh rotates nothing', async () => {
    const { api, sessions, tokens, refresh, secret } = await start();
    expectRefused(await api.form('/token', { ...refresh, client_id: id }));
    expectRefused(await api.form('/token', { ...refresh, client_id: id, client_secret: CANARY }));
    expectRefused(await api.form('/token', refresh, basic(id, CANARY)));
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 0, endedAt: null });
    expect(await api.form('/token', refresh, basic(id, secret))).toMatchObject({ status: 200 });
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 1, endedAt: null });
  });

  test('client: while it is disabled it is nobody, and its refresh tokens rest', async () => {
    const { service, api, clock, sessions, tokens, refresh, secret } = await start();
    const headers = basic(id, secret);
    await changeClient(service, id, { disabledAt: clock.now() });
    expectRefused(await api.form('/token', refresh, headers));
    expectRefused(await api.form('/token', grant, headers));
    expectRefused(await api.form('/revoke', { token: tokens.refresh_token }, headers));
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 0, endedAt: null });
    await changeClient(service, id, { disabledAt: null });
    expect(await api.form('/token', refresh, headers)).toMatchObject({ status: 200 });
  });

  test.each([
    ['a confidential one', backend.id],
    ['a public one', secondClient.id],
    ['the built-in one', 'first-party'],
  ])("client: the refresh token of another is nothing to %s, and stays its owner's", async (_, thief) => {
    const thieves: ClientRegistration = { ...backend, grants: ['refresh_token'] };
    const { api, database, sessions, secrets, user, secret, tokens, refresh } = await start([
      webApp,
      secondClient,
      thieves,
    ]);
    const stolen = secrets[thief]
      ? await api.form('/token', refresh, basic(thief, secrets[thief]))
      : await api.form('/token', { ...refresh, client_id: thief });
    expectFailure(stolen, 'oauth', 400, 'invalid_grant');
    const events = await database.em.fork().find(AuditEvent, { type: 'refresh_token.of_another_client' });
    expect(events).toMatchObject([{ clientId: thief, userId: user.id, sessionId: tokens.session_id }]);
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 0, endedAt: null });
    expect(await api.form('/token', refresh, basic(id, secret))).toMatchObject({ status: 200 });
  });
});
