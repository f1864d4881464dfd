// test/admin/administration.ts: people and programs that administer a service, and what they do.
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { User } from '../../src/users/user.ts';
import { basic } from '../clients/credentials.ts';
import { type Answer, type Api, bearer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { type Options, type RunningService, startService } from '../harness/service.ts';

/** Every scope that some operation of administration asks for. */
export const ALL =
  'users:read users:write clients:read clients:write roles:read roles:write keys:read keys:write audit:read';

/** What whoever acts above their powers is answered with. */
export const tooWeak = { status: 403, body: { code: 'insufficient_power' } };

/** A service with Ada, who administers it, and Bob, who does not. */
export async function startWithAdmin(options: Options = {}) {
  const service = await startService(options);
  const { api } = service;
  const ada = await api.signUp({ email: 'ada@example.com' });
  const bob = await api.signUp({ email: 'bob@example.com' });
  await giveRoles(service, ada.user.id, 'user', 'admin');
  const { access_token: token } = await api.signIn('ada@example.com', { scope: ALL });
  return { ...service, ada: ada.user, bob, token, admin: acting(api, token) };
}

export type Administered = Awaited<ReturnType<typeof startWithAdmin>>;

/** Behind the back of the service. */
export async function giveRoles({ database }: RunningService, id: string, ...roles: string[]): Promise<void> {
  await database.em.fork().nativeUpdate(User, { id }, { roles });
}

export type Actions = ReturnType<typeof acting>;

/** Calls with that token. */
export function acting(api: Api, token: string) {
  return {
    get: (path: string): Promise<Answer> => api.get(path, token),
    post: (path: string, body: object = {}): Promise<Answer> => api.post(path, body, bearer(token)),
    patch: (path: string, body: object): Promise<Answer> => api.patch(path, body, token),
    del: (path: string): Promise<Answer> => api.send('DELETE', path, { headers: bearer(token) }),
  };
}

/** A confidential client with tokens of its own for these endpoints, and one of them. */
export async function startProgram(service: RunningService, id: string, scopes: readonly string[]) {
  const { api, clients, database } = service;
  const registration: ClientRegistration = { ...backend, id, scopes, audiences: [] };
  const secret = (await clients.register(database.em.fork(), registration)) ?? 'none';
  const { body } = await api.form('/token', { grant_type: 'client_credentials' }, basic(id, secret));
  const token: string = body.access_token;
  return { id, secret, token, ...acting(api, token) };
}

/** Somebody new with a role of that name, which gives these scopes, and a token with all of them. */
export async function startPerson({ api, admin }: Administered, name: string, scopes: readonly string[]) {
  const { user } = await api.signUp({ email: `${name}@example.com` });
  await admin.post('/admin/roles', { name, scopes });
  await admin.patch(`/admin/users/${user.id}`, { roles: [name] });
  const tokens = await api.signIn(user.email, { scope: scopes.join(' ') });
  return { id: user.id, email: user.email, tokens, token: tokens.access_token, ...acting(api, tokens.access_token) };
}

interface Page {
  readonly items: string[];
  readonly pages: number;
}

/** Every page of a list, and of each row one member. `between` is what happens between two pages. */
export async function readAll(
  { get }: Pick<Actions, 'get'>,
  path: string,
  [list, member]: readonly [string, string],
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<Page> {
  const items: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const { status, body }: Answer = await get(cursor === null ? path : `${path}&cursor=${cursor}`);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    items.push(...body[list].map((row: Record<string, string>) => row[member]));
    pages += 1;
    cursor = body.next_cursor;
    await between(pages);
  } while (cursor !== null);
  return { items, pages };
}

/** What was done, oldest first: which kinds of events there are of these acts, and who did it. */
export async function trail({ get }: Pick<Actions, 'get'>, filter = ''): Promise<{ type: string; by: string }[]> {
  const { body } = await get(`/admin/audit-events?limit=200${filter}`);
  return body.events
    .filter(({ details }: { details: { by?: string } }) => details.by !== undefined)
    .map(({ type, details }: { type: string; details: { by: string } }) => ({ type, by: details.by }))
    .reverse();
}
