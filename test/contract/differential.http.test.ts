// The same requests to Latchkey and to oidc-provider: the same status and the same error, or a reason why not.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { RegisteredClient } from '../../src/clients/registered-client.ts';
import { digest } from '../../src/platform/secrets.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { SECRET, startOidcProvider } from './oidc-provider.ts';

const ISSUED = 'a token that was issued to this client';

interface Case {
  readonly name: string;
  readonly path: '/token' | '/introspect' | '/revoke';
  readonly body: string;
  readonly authorization?: string;
}

interface Difference {
  readonly status: number;
  readonly error: string;
  readonly because: string;
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
}

const good = basic('basic', SECRET);
const grant = 'grant_type=client_credentials';
const post = `client_id=post&client_secret=${encodeURIComponent(SECRET)}`;

const cases: Case[] = [
  { name: 'a good request', path: '/token', body: grant, authorization: good },
  { name: 'a good request with the secret in the body', path: '/token', body: `${grant}&${post}` },
  { name: 'no grant', path: '/token', body: 'scope=notes:read', authorization: good },
  { name: 'an unknown grant', path: '/token', body: 'grant_type=magic', authorization: good },
  { name: 'a grant twice', path: '/token', body: `${grant}&${grant}`, authorization: good },
  {
    name: 'a grant that is not for this client',
    path: '/token',
    body: 'grant_type=refresh_token&refresh_token=x',
    authorization: good,
  },
  { name: 'an unknown scope', path: '/token', body: `${grant}&scope=nothing`, authorization: good },
  { name: 'a known scope', path: '/token', body: `${grant}&scope=notes:read`, authorization: good },
  { name: 'an unknown parameter', path: '/token', body: `${grant}&foo=bar`, authorization: good },
  { name: 'a wrong secret', path: '/token', body: grant, authorization: basic('basic', 'wrong') },
  { name: 'a wrong secret in the body', path: '/token', body: `${grant}&client_id=post&client_secret=wrong` },
  { name: 'an unknown client', path: '/token', body: grant, authorization: basic('nobody', SECRET) },
  { name: 'an unknown client in the body', path: '/token', body: `${grant}&client_id=nobody&client_secret=x` },
  { name: 'a confidential client by name alone', path: '/token', body: `${grant}&client_id=post` },
  { name: 'a public client', path: '/token', body: `${grant}&client_id=public` },
  { name: 'no client at all', path: '/token', body: grant },
  { name: 'a secret of nobody', path: '/token', body: `${grant}&client_secret=x` },
  { name: 'two ways at once', path: '/token', body: `${grant}&client_secret=x`, authorization: good },
  { name: 'two clients at once', path: '/token', body: `${grant}&client_id=post`, authorization: good },
  { name: 'Basic that is not base64', path: '/token', body: grant, authorization: 'Basic %%%' },
  { name: 'Basic without a colon', path: '/token', body: grant, authorization: `Basic ${btoa('basic')}` },
  { name: 'a bearer token for a client', path: '/token', body: grant, authorization: 'Bearer x' },
  { name: 'an assertion of no type', path: '/token', body: `${grant}&client_assertion=x` },
  {
    name: 'an assertion that is none',
    path: '/token',
    body: `${grant}&client_assertion=x&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer`,
  },
  { name: 'introspection of an issued token', path: '/introspect', body: `token=${ISSUED}`, authorization: good },
  { name: 'introspection of garbage', path: '/introspect', body: 'token=x', authorization: good },
  { name: 'introspection of nothing', path: '/introspect', body: '', authorization: good },
  { name: 'introspection of two', path: '/introspect', body: 'token=x&token=y', authorization: good },
  {
    name: 'introspection with a wrong secret',
    path: '/introspect',
    body: 'token=x',
    authorization: basic('basic', 'x'),
  },
  { name: 'introspection by nobody', path: '/introspect', body: 'token=x' },
  { name: 'revocation of an issued token', path: '/revoke', body: `token=${ISSUED}`, authorization: good },
  { name: 'revocation of garbage', path: '/revoke', body: 'token=x', authorization: good },
  {
    name: 'revocation with a hint that is none',
    path: '/revoke',
    body: 'token=x&token_type_hint=x',
    authorization: good,
  },
  { name: 'revocation of nothing', path: '/revoke', body: '', authorization: good },
  { name: 'revocation of two', path: '/revoke', body: 'token=x&token=y', authorization: good },
  { name: 'revocation with a wrong secret', path: '/revoke', body: 'token=x', authorization: basic('basic', 'x') },
  { name: 'revocation by nobody', path: '/revoke', body: 'token=x' },
];

/** Where Latchkey answers something else, and why. */
const differences: Readonly<Record<string, Difference>> = {
  'a grant that is not for this client': {
    status: 400,
    error: 'unauthorized_client',
    because: 'RFC 6749 section 5.2 has a word for it; theirs knows no refresh tokens unless some client may have them',
  },
  'an unknown scope': {
    status: 400,
    error: 'invalid_scope',
    because: 'a client that gets less than it asked for, without a word, finds out later',
  },
  'a public client': {
    status: 400,
    error: 'unauthorized_client',
    because: 'RFC 6749 section 4.4: only confidential clients may use this grant',
  },
  'no client at all': {
    status: 401,
    error: 'invalid_client',
    because: 'RFC 6749 section 5.2 names it: no client authentication included',
  },
  'Basic that is not base64': {
    status: 401,
    error: 'invalid_client',
    because: 'the header was tried, and the answer is in its terms',
  },
  'Basic without a colon': {
    status: 401,
    error: 'invalid_client',
    because: 'the header was tried, and the answer is in its terms',
  },
  'a bearer token for a client': {
    status: 401,
    error: 'invalid_client',
    because: 'RFC 6749 section 5.2: an unsupported way to authenticate',
  },
  'an assertion that is none': {
    status: 401,
    error: 'invalid_client',
    because: 'it proves nothing: RFC 7523 section 3.2',
  },
  'introspection by nobody': { status: 401, error: 'invalid_client', because: 'RFC 7662 section 2.1' },
  'revocation by nobody': {
    status: 401,
    error: 'invalid_client',
    because: 'RFC 6749 section 5.2: no client authentication included',
  },
};

const theirPaths = { '/token': '/token', '/introspect': '/token/introspection', '/revoke': '/token/revocation' };

const Failure = z.object({ error: z.string().optional() }).catch({});

async function send(url: string, { body, authorization }: Case, token: string) {
  const response = await fetch(url, {
    method: 'POST',
    body: body.replace(ISSUED, token),
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...(authorization && { Authorization: authorization }),
    },
  });
  const text = await response.text();
  const { error } = Failure.parse(text.startsWith('{') ? JSON.parse(text) : {});
  return { status: response.status, ...(error && { error }) };
}

async function issue(url: string): Promise<string> {
  const headers = { Authorization: good };
  const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(grant) });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}

/** Latchkey with the clients that the other has. */
async function startOurs(): Promise<string> {
  const clients = ['basic', 'post'].map((id) => ({ ...backend, id, scopes: ['notes:read'] }));
  const nobody = { ...backend, id: 'public', type: 'public', grants: ['refresh_token'] } as const;
  const service = await startService({ clients: [...clients, nobody], env: { FIRST_PARTY_CLIENT: '' } });
  const secrets = [{ digest: digest(SECRET), createdAt: service.clock.now().toISOString() }];
  const em = service.database.em.fork();
  for (const { id } of clients) await em.nativeUpdate(RegisteredClient, { id }, { secrets });
  return service.api.baseUrl;
}

test.each(cases)('differential: $name', async (one) => {
  const [ours, theirs] = [await startOurs(), await startOidcProvider()];
  const answer = await send(ours + one.path, one, await issue(`${ours}/token`));
  const other = await send(theirs + theirPaths[one.path], one, await issue(`${theirs}/token`));
  const wanted = differences[one.name];
  if (!wanted) return expect(answer).toEqual(other);
  expect(answer).toEqual({ status: wanted.status, error: wanted.error });
  expect(other, 'the difference is gone').not.toEqual(answer);
});
