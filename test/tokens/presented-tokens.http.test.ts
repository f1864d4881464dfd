// What can be presented in place of an access token, wherever one is due.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Answer, bearer, PASSWORD } from '../harness/api.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';
import { sendBytes, startWithCallers } from '../http/every-operation.ts';
import { expectFailure } from '../http/failures.ts';
import { gateway, inactive, monitor, startAsking } from './asking.ts';
import { elsewhere, type Forge, foreign, misused, openForge, sign } from './forgeries.ts';
import { ambiguous, good, pointingTo, signedByOthers, signedByUs } from './handmade.ts';

async function startWithForge(env: Record<string, string> = {}) {
  const service = await startAsking({ env });
  return { ...service, forge: await openForge(service) };
}

function expectInvalid(answer: Answer, label = ''): void {
  expectFailure(answer, 'problem', 401, 'invalid_token', label);
  expect(answer.headers.get('www-authenticate'), label).toBe('Bearer realm="latchkey", error="invalid_token"');
}

describe('good', () => {
  test.each(good)('presented: %s, is accepted and active', async (_, make) => {
    const { api, forge, tell } = await startWithForge();
    const token = await make(forge);
    expect(await api.get('/me', token)).toMatchObject({ status: 200 });
    expect(await tell([token], monitor)).toMatchObject([{ active: true, sub: forge.claims.sub }]);
  });
});

describe('bad', () => {
  test.each([...signedByUs, ...ambiguous, ...signedByOthers])(
    'presented: %s, is refused and inactive',
    async (_, make) => {
      const { api, forge, introspect } = await startWithForge();
      const token = await make(forge);
      for (const path of ['/me', '/me/sessions', '/admin/users']) expectInvalid(await api.get(path, token), path);
      for (const caller of [gateway, monitor]) {
        expect(await introspect(token, caller)).toMatchObject({ status: 200, text: '{"active":false}' });
      }
    },
  );

  test('presented: nothing is fetched from where a token says that its key is', async () => {
    let connections = 0;
    const sink = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void sink.close());
    await once(sink, 'listening');
    const address = sink.address();
    if (address === null || typeof address === 'string') throw new Error('The sink has no port.');
    const { api, forge, tell } = await startWithForge();
    for (const [name, make] of pointingTo(`http://127.0.0.1:${address.port}`)) {
      const token = await make(forge);
      expectInvalid(await api.get('/me', token), name);
      expect(await tell([token], monitor), name).toEqual([inactive]);
    }
    expect(connections).toBe(0);
  });

  test.each(signedByOthers.filter(([name]) => /^(HS|RS|PS|ES)/.test(name)))(
    'presented: where RSA signs, %s, is refused',
    async (_, make) => {
      const { api, config, ...service } = await startService({ env: { SIGNING_ALG: 'RS256' } });
      const { access_token: token } = (await api.signUp()).tokens;
      const [publicJwk = { kty: 'none' }] = (await api.get('/.well-known/jwks.json')).body.keys;
      const header = { alg: 'RS256', typ: 'at+jwt', kid: publicJwk.kid };
      const forge = { token, claims: decodeJwt(token), header, publicJwk, issuer: config.issuer };
      // None of these is signed by our key, which stays where it is.
      const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
      expectInvalid(await api.get('/me', await make({ ...forge, key: key.privateKey })));
      expect(await api.get('/me', token)).toMatchObject({ status: 200 });
      await service.stop();
    },
  );
});

/** One of each kind, to be shown everywhere. */
const kinds = [
  ['of another audience', elsewhere[0]],
  ['of another type', misused[0]],
  ['of another issuer', misused.find(([name]) => name === 'another issuer')],
  ['that has expired', misused.find(([name]) => name === 'an end that has come')],
  ['of no session', misused.find(([name]) => name === 'a session that is not there')],
  ['of a key of their own', foreign[0]],
  ['without an algorithm', foreign.find(([name]) => name === 'the algorithm "none"')],
] as const;

test('presented: a token that is wrong in one thing is refused by every operation that takes one', {
  timeout: 240_000,
}, async () => {
  const world = await startWithCallers();
  const { api, calls, token } = world;
  const forge: Forge = { ...(await openForge(world)), token, claims: decodeJwt(token) };
  expect(await api.get('/admin/users', await sign(forge))).toMatchObject({ status: 200 });
  const guarded = calls.filter(({ endpoint }) => endpoint.guard.errors.includes('token_missing'));
  expect(guarded.length).toBeGreaterThan(25);
  for (const [kind, forgery] of kinds) {
    if (!forgery) throw new Error(`There is no token ${kind}.`);
    const headers = bearer(await forgery[1](forge));
    for (const call of guarded) {
      const body = JSON.stringify(call.body ?? {});
      const answer =
        call.method === 'GET'
          ? await api.send('GET', call.target, { headers })
          : await sendBytes(api, { ...call, headers }, 'application/json', body);
      expectInvalid(answer, `${call.label}: a token ${kind}`);
    }
  }
});

test('presented: a secret that is no access token is refused, and is not in the log', async () => {
  const lines: string[] = [];
  const service = await startAsking({ onLog: (line) => lines.push(line) });
  const { api, deliverMails, letters, secrets, tell } = service;
  const { user, tokens } = await api.signUp();
  await api.post('/password-reset', { email: user.email });
  await deliverMails();
  const code = codeIn(letterTo(letters, user.email, /password/i));
  const others = [tokens.refresh_token, code, secrets[gateway.id] ?? 'none', PASSWORD.replaceAll(' ', '-')];
  for (const secret of others) {
    expectInvalid(await api.get('/me', secret), secret);
    expectInvalid(await api.get('/admin/users', secret), secret);
  }
  // What is true of a refresh token is told to who may know it; the others are nothing.
  expect((await tell(others, monitor)).map(({ active }) => active)).toEqual([true, false, false, false]);
  for (const secret of others) expect(lines.join('')).not.toContain(secret);
});
