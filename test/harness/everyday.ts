// test/harness/everyday.ts: what a service is asked all day, by people and by other services.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { basic } from '../clients/credentials.ts';
import { type Answer, type Api, createApi, PASSWORD } from './api.ts';
import { latchkey } from './latchkey.ts';

/** Hashes are cheap and nothing is limited: the load is not the subject. */
export const everydayEnv = { PASSWORD_HASH_MEMORY: '1MiB', RATE_LIMITS: 'off' };

const Registered = z.object({ client_id: z.string(), client_secret: z.string() });

/** A client that keeps to the rules: a refresh is asked again, with its key, until there is an answer that says 200. */
export function createPatientClient(api: Api, firstToken: string) {
  const answered = [firstToken];
  let key = randomUUID();
  let accessToken = '';

  async function refresh(): Promise<Answer> {
    const answer = await api.tryRefresh(answered.at(-1) ?? '', { key });
    if (answer.status !== 200) return answer;
    answered.push(answer.body.refresh_token);
    accessToken = answer.body.access_token;
    key = randomUUID();
    return answer;
  }

  return { refresh, answered, accessToken: () => accessToken };
}

export type Everyday = Awaited<ReturnType<typeof createEveryday>>;

/** Somebody with a session, and a service that asks about it. */
export async function createEveryday(url: string, databaseUrl: string) {
  const api = createApi(url, () => {});
  const created = await latchkey(databaseUrl, ['client', 'create', 'reports', '--json']);
  const { client_id, client_secret } = Registered.parse(JSON.parse(created.stdout));
  const { tokens } = await api.signUp();
  const client = createPatientClient(api, tokens.refresh_token);
  await client.refresh();
  // Somebody else, whose oldest sessions have to end sooner or later.
  const { email: username } = (await api.signUp()).user;

  const needingDatabase = {
    'sign in': () => api.form('/token', { grant_type: 'password', username, password: PASSWORD }),
    refresh: client.refresh,
    me: () => api.get('/me', client.accessToken()),
    introspect: () => api.form('/introspect', { token: client.accessToken() }, basic(client_id, client_secret)),
    readyz: () => api.get('/readyz'),
  };
  const needingNothing = { jwks: () => api.get('/.well-known/jwks.json'), livez: () => api.get('/livez') };
  return { api, client, sessionId: tokens.session_id, needingDatabase, needingNothing };
}
