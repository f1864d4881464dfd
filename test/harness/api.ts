// test/harness/api.ts: the service as its clients see it. Every answer is checked against the contract on its way.
import type { z } from 'zod';
import type { SignUpAnswer } from '../../src/accounts/routes.ts';
import type { TokenAnswer } from '../../src/tokens/token-answer.ts';
import type { UserWire } from '../../src/users/user-wire.ts';
import type { ContractCheck } from './contract-check.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, parsed if it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
  readonly body: any;
}

type SignedUp = z.output<typeof SignUpAnswer> & { tokens: Tokens };
export type Tokens = z.output<typeof TokenAnswer>;

export interface RefreshOptions {
  readonly key?: string;
  readonly client?: string;
  readonly scope?: string;
  readonly resource?: string;
}

export const PASSWORD = 'correct horse battery';

export type Api = ReturnType<typeof createApi>;

export function createApi(baseUrl: string, check: ContractCheck) {
  async function send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(baseUrl + path, { ...init, method });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text ? JSON.parse(text) : text,
    };
    check(method, path, answer);
    return answer;
  }

  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    send('POST', path, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } });

  const form = (path: string, parameters: Record<string, string>, headers: Record<string, string> = {}) =>
    send('POST', path, { body: new URLSearchParams(parameters), headers });

  const withBody = (method: string) => (path: string, body: object, token?: string) =>
    send(method, path, {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...(token && bearer(token)) },
    });
  const [put, patch, del] = [withBody('PUT'), withBody('PATCH'), withBody('DELETE')];

  const get = (path: string, token?: string) => send('GET', path, { headers: token ? bearer(token) : {} });

  let people = 0;
  /** A new person each time, unless the members say otherwise. */
  async function signUp(members: object = {}): Promise<SignedUp> {
    people += 1;
    return succeed(await post('/signup', { email: `user${people}@example.com`, password: PASSWORD, ...members }));
  }

  async function signIn(username: string, parameters: Record<string, string> = {}): Promise<Tokens> {
    return succeed(await form('/token', { grant_type: 'password', username, password: PASSWORD, ...parameters }));
  }

  async function refresh(refreshToken: string, options: RefreshOptions = {}): Promise<Tokens> {
    return succeed(await tryRefresh(refreshToken, options));
  }

  function tryRefresh(refreshToken: string, { key, client, scope, resource }: RefreshOptions = {}): Promise<Answer> {
    const optional = { ...(client && { client_id: client }), ...(scope && { scope }), ...(resource && { resource }) };
    const headers = key ? { 'Idempotency-Key': key } : undefined;
    return form('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...optional }, headers);
  }

  async function me(token: string): Promise<z.output<typeof UserWire>> {
    return succeed(await get('/me', token));
  }

  return { baseUrl, send, post, put, patch, del, form, get, signUp, signIn, refresh, tryRefresh, me };
}

export function bearer(token: string) {
  return { Authorization: `Bearer ${token}` };
}

/** The body of a 2xx answer; any other is thrown, body first, so that tests can match on it. */
function succeed({ status, body }: Answer) {
  if (status >= 200 && status < 300) return body;
  throw Object.assign(new Error(`${status} ${JSON.stringify(body)}`), { status }, body);
}
