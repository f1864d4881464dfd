// One service in five frameworks: whoever asks cannot tell which it is.
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { ProtectOptions } from '../../../sdk/src/verifier.ts';
import { frameworks, type Service } from './frameworks.ts';
import { startIssuer } from './issuer.ts';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** As it is on the wire: `fetch` would tidy the header up, and never send two. */
async function ask(url: string, authorization: readonly string[]): Promise<Reply> {
  const headers = authorization.flatMap((value) => ['Authorization', value]);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers: ['Host', 'orders.example', ...headers], agent: false })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
  const body = await text(response);
  const isJson = /json/.test(response.headers['content-type'] ?? '');
  return { status: response.statusCode ?? 0, headers: response.headers, body: isJson ? JSON.parse(body) : body };
}

function expectRefusal(reply: Reply, status: number, code: string, challenge: string | undefined): void {
  expect(reply).toMatchObject({ status, body: { type: 'about:blank', status, code, title: expect.any(String) } });
  expect(reply.headers['www-authenticate']).toBe(challenge);
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
}

const INVALID = 'Bearer realm="api", error="invalid_token"';

describe.each(frameworks)('%s', (_, startWith) => {
  async function start(options: ProtectOptions = {}, parts: Partial<Service> = {}) {
    const issuer = await startIssuer();
    const url = await startWith({ verifier: issuer.verifier(), options, ...parts });
    return { ...issuer, url };
  }

  test('a good token is let in, whatever the case of the scheme', async () => {
    const { url, sign } = await start({ scope: 'orders:read', roles: ['clerk'] });
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const reply = await ask(url, [`${scheme} ${await sign({ sub: 'ada' })}`]);
      expect(reply).toMatchObject({ status: 200, body: { subject: 'ada' } });
    }
  });

  test('no token: a challenge without an error', async () => {
    const { url } = await start();
    expectRefusal(await ask(url, []), 401, 'token_missing', 'Bearer realm="api"');
  });

  test('no well-formed bearer token: 401', async () => {
    const { url, sign } = await start();
    const token = await sign();
    const headers = ['', 'Bearer', `Bearer  ${token}`, `Bearer\t${token}`, `Bearer ${token} x`, `Bearer "${token}"`];
    const others = [
      token,
      `Basic ${token}`,
      `Token ${token}`,
      `Bearer ${token},`,
      `Bearer ${token}%20`,
      'Bearer %E0%A4',
    ];
    for (const header of [...headers, ...others]) {
      expectRefusal(await ask(url, [header]), 401, 'invalid_token', INVALID);
    }
  });

  test('two Authorization headers: 401, be both of them good', async () => {
    const { url, sign } = await start();
    const good = `Bearer ${await sign()}`;
    for (const pair of [
      [good, good],
      [good, 'Bearer x'],
      ['Basic eDp5', good],
    ]) {
      expectRefusal(await ask(url, pair), 401, 'invalid_token', INVALID);
    }
  });

  test('a token that has expired: 401', async () => {
    const { url, sign, clock } = await start();
    const token = await sign();
    clock.advance({ minutes: 6 });
    expectRefusal(await ask(url, [`Bearer ${token}`]), 401, 'invalid_token', INVALID);
  });

  test('a scope too few: 403, and which one it takes', async () => {
    const { url, sign } = await start({ scope: 'orders:delete' });
    const reply = await ask(url, [`Bearer ${await sign()}`]);
    const challenge = 'Bearer realm="api", error="insufficient_scope", scope="orders:delete"';
    expectRefusal(reply, 403, 'insufficient_scope', challenge);
  });

  test('no role of those that may: 403', async () => {
    const { url, sign } = await start({ roles: ['boss'] });
    const reply = await ask(url, [`Bearer ${await sign()}`]);
    expectRefusal(reply, 403, 'insufficient_role', 'Bearer realm="api", error="insufficient_scope"');
  });

  test('no keys to be had: 503, and when to come back', async () => {
    const { url, sign, behaviour } = await start();
    behaviour.jwks = (_request, response) => void response.writeHead(500).end();
    const reply = await ask(url, [`Bearer ${await sign()}`]);
    expectRefusal(reply, 503, 'keys_unavailable', undefined);
    expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  });

  test('where a token is optional, nobody is let in as nobody, and a bad token is not', async () => {
    const { url, sign } = await start({ optional: true });
    expect(await ask(url, [])).toMatchObject({ status: 200, body: { subject: null } });
    const good = [`Bearer ${await sign({ sub: 'ada' })}`];
    expect(await ask(url, good)).toMatchObject({ status: 200, body: { subject: 'ada' } });
    expectRefusal(await ask(url, ['Bearer x']), 401, 'invalid_token', INVALID);
  });

  test('a bug behind it is a 500, not a refusal', async () => {
    const { url, sign } = await start({}, { throws: new Error('a bug') });
    const reply = await ask(url, [`Bearer ${await sign()}`]);
    expect(reply.status).toBe(500);
    expect(reply.headers['www-authenticate']).toBeUndefined();
  });

  test('a bug in the verifier lets nobody in', async () => {
    const verify = async () => {
      throw new Error('a bug');
    };
    const { url, sign } = await start({}, { verifier: { verify } });
    expect(await ask(url, [`Bearer ${await sign()}`])).toMatchObject({ status: 500 });
  });

  test('options that make no sense are refused at the start', async () => {
    await expect(start({ scope: 'a"b' })).rejects.toBeInstanceOf(TypeError);
  });
});
