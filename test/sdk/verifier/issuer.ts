// test/sdk/verifier/issuer.ts: an issuer that can be made to fail, and keys of any kind to sign with.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { createVerifier, type VerifierOptions } from '../../../sdk/src/verifier.ts';
import { createClock } from '../../harness/clock.ts';

export const AUDIENCE = 'https://orders.example';

export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey;
}

export async function newKey(alg = 'ES256'): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

export const answerJson =
  (value: unknown, headers: Record<string, string> = {}): Answering =>
  (_, response) =>
    void response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));

/** An issuer with a path, if one is given; its clock, and verifiers by that clock. */
export async function startIssuer({ path = '', keys }: { path?: string; keys?: readonly IssuerKey[] } = {}) {
  const clock = createClock();
  const published = keys ?? [await newKey()];
  const asked: string[] = [];
  const origin = await listen((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.startsWith('/.well-known/oauth-authorization-server')) behaviour.metadata(request, response);
    else behaviour.jwks(request, response);
  });
  const issuer = origin + path;
  const jwksUri = `${issuer}/.well-known/jwks.json`;
  const behaviour: { metadata: Answering; jwks: Answering } = {
    metadata: answerJson({ issuer, jwks_uri: jwksUri }),
    jwks: answerJson({}),
  };

  /** Answers well again, with these keys. */
  function publish(current: readonly IssuerKey[], cacheControl = 'public, max-age=300'): void {
    const body = { keys: current.map(({ publicJwk }) => publicJwk) };
    behaviour.jwks = answerJson(body, { 'Cache-Control': cacheControl });
  }
  publish(published);

  const ownKey = published[0] ?? (await newKey());

  /** A good token, but for the changes. */
  function sign(change: object = {}, header: object = {}, by: IssuerKey = ownKey): Promise<string> {
    return new SignJWT({ ...goodClaims(issuer, clock.now()), ...change })
      .setProtectedHeader({ typ: 'at+jwt', alg: by.alg, kid: by.kid, ...header })
      .sign(by.privateKey);
  }

  const verifier = (options: Partial<VerifierOptions> = {}) =>
    createVerifier({ issuer, audience: AUDIENCE, now: clock.now, ...options });

  /** How often the keys have been fetched. */
  const fetched = () => asked.filter((url) => url.endsWith('/jwks.json')).length;

  return { issuer, origin, clock, key: ownKey, asked, behaviour, publish, sign, verifier, fetched };
}

/** Resolves to the address; until the test is over. */
export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
}

export function goodClaims(issuer: string, now: Date) {
  const at = Math.floor(now.getTime() / 1000);
  return {
    iss: issuer,
    aud: AUDIENCE,
    sub: randomUUID(),
    client_id: 'orders-app',
    sid: randomUUID(),
    jti: randomUUID(),
    iat: at,
    exp: at + 300,
    scope: 'orders:read orders:write',
    roles: ['clerk'],
  };
}
