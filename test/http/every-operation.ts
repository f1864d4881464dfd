// test/http/every-operation.ts: each operation there is, as somebody would call it who may, and with what is served.
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { theService } from '../../src/platform/origin.ts';
import { startProgram, startWithAdmin } from '../admin/administration.ts';
import { basic } from '../clients/credentials.ts';
import { type Api, bearer, PASSWORD } from '../harness/api.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import type { Options } from '../harness/service.ts';

export interface Call {
  readonly endpoint: Endpoint;
  readonly label: string;
  readonly method: string;
  readonly target: string;
  /** Of whoever may call. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is served; null where no body is read. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

const NEW = 'new@example.com';
const METRICS_TOKEN = 'token-of-the-monitoring';

/** What is in the body. A new operation that reads one has to be added. */
const bodies = (codes: { readonly verify: string; readonly reset: string }): Record<string, Call['body']> => ({
  createToken: { grant_type: 'password', username: 'bob@example.com', password: PASSWORD },
  revokeToken: { token: 'of nobody' },
  introspectToken: { token: 'of nobody' },
  logOut: { sessions: 'current' },
  signUp: { email: NEW, password: PASSWORD },
  updateMe: { given_name: 'Bob', locale: 'en-GB' },
  deleteMe: { password: PASSWORD },
  changePassword: { current_password: PASSWORD, new_password: `${PASSWORD} staple` },
  changeEmail: { email: NEW, password: PASSWORD },
  requestEmailVerification: { email: NEW },
  verifyEmail: { code: codes.verify, password: PASSWORD },
  requestPasswordReset: { email: NEW },
  resetPassword: { code: codes.reset, password: PASSWORD },
  createUser: { email: 'made@example.com', preferred_username: 'made' },
  updateUser: { disabled: false },
  registerClient: { id: 'new', name: 'New', type: 'public', grants: ['refresh_token'] },
  updateClient: { name: 'Another name' },
  createRole: { name: 'new', scopes: ['notes:read'] },
  updateRole: { scopes: ['notes:read'] },
});

/** A world with somebody to call every operation; Bob calls what is for people, Ada what is for administrators. */
export async function startWithCallers(options: Options = {}) {
  const service = await startWithAdmin({ ...options, env: { METRICS_TOKEN, ...options.env } });
  const { api, admin, bob, deliverMails, endpoints, letters, token } = service;
  const program = await startProgram(service, 'program', []);
  await admin.post('/admin/roles', { name: 'guest', scopes: [] });
  const { session_id } = await api.signIn(bob.user.email);
  await api.post('/password-reset', { email: bob.user.email });
  await deliverMails();
  const codeFor = (subject: RegExp) => codeIn(letterTo(letters, bob.user.email, subject));
  const known = bodies({ verify: codeFor(/verify|confirm/i), reset: codeFor(/password/i) });
  const names: Record<string, string> = {
    user_id: bob.user.id,
    session_id,
    client_id: program.id,
    role: 'guest',
    kid: (await service.keys.rotate(theService())).kid, // not the one that has signed the tokens here
  };

  function headersFor({ path, guard, operationId }: Endpoint): Record<string, string> {
    if (operationId === 'introspectToken') return basic(program.id, program.secret);
    if (operationId === 'getMetrics') return bearer(METRICS_TOKEN);
    if (!guard.requirements.some((one) => 'accessToken' in one)) return {};
    return bearer(path.startsWith('/admin/') ? token : bob.tokens.access_token);
  }

  function callOf(endpoint: Endpoint): Call {
    const { body, method, operationId, path } = endpoint;
    if (body && !known[operationId]) throw new Error(`What does ${operationId} take?`);
    return {
      endpoint,
      label: operationId,
      method: method.toUpperCase(),
      target: path.replaceAll(/:(\w+)/g, (_, name) => names[name] ?? 'x'),
      headers: headersFor(endpoint),
      body: (body && known[operationId]) ?? null,
    };
  }

  return { ...service, calls: endpoints.map(callOf) };
}

/** As it is served. */
export function serve(api: Api, { method, target, headers, body }: Call) {
  if (body === null) return api.send(method, target, { headers });
  return sendBytes(api, { method, target, headers }, 'application/json', JSON.stringify(body));
}

/** Bytes, because fetch would say of a string that it is text/plain. */
export function sendBytes(
  api: Api,
  { method, target, headers }: Pick<Call, 'method' | 'target' | 'headers'>,
  type: string | null,
  body: string | Uint8Array,
) {
  const bytes = new Uint8Array(Buffer.from(body));
  return api.send(method, target, {
    headers: { ...headers, ...(type !== null && { 'Content-Type': type }) },
    body: bytes,
  });
}

/** The names that the contract gives to the members of a body, in all its variants. */
export function membersOf({ endpoint }: Pick<Call, 'endpoint'>): string[] {
  if (!endpoint.body) return [];
  return [...new Set(topLevel(z.toJSONSchema(endpoint.body, { io: 'input' })))];
}

const Schema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  $defs: z.record(z.string(), z.unknown()).default({}),
});

/** zod puts what has a name of its own among the definitions: requests do, and so do parts of some. */
function topLevel(schema: unknown): string[] {
  const { properties, $defs } = Schema.parse(schema);
  const requests = Object.entries($defs).flatMap(([name, inner]) =>
    /Request$|Registration$/.test(name) ? [inner] : [],
  );
  return [...Object.keys(properties), ...requests.flatMap(topLevel)];
}
