import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { RegisteredClient } from '../../src/clients/registered-client.ts';
import { Role } from '../../src/roles/role.ts';
import { adminScopes } from '../../src/roles/roles.ts';
import { User } from '../../src/users/user.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from '../http/failures.ts';

const client = secondClient.id;
const builtIn = 'first-party';
const all = secondClient.scopes.join(' ');

/** With a person whose only role, at first, is everybody's, which gives nothing. */
async function start() {
  const service = await startService({ clients: [secondClient] });
  const { api, clock, database } = service;
  const { user } = await api.signUp();

  async function defineRole(name: string, ...scopes: string[]): Promise<void> {
    const at = clock.now();
    await database.em.fork().upsert(Role, { name, description: name, scopes, createdAt: at, updatedAt: at });
  }
  await defineRole('user');

  async function giveRoles(...roles: string[]): Promise<void> {
    await database.em.fork().nativeUpdate(User, { id: user.id }, { roles });
  }

  const credentials = { grant_type: 'password', username: user.email, password: PASSWORD };
  /** An empty wish is none. */
  const ask = (client_id: string, scope = '') => api.form('/token', { ...credentials, client_id, scope });
  return { ...service, user, defineRole, giveRoles, ask };
}

/** What is told and what the token says, which must be one. */
function scopeOf({ body }: Answer): string {
  expect(decodeJwt(body.access_token).scope).toBe(body.scope);
  return body.scope;
}

describe('at the sign-in', () => {
  test.each([
    ['nothing', [], ''],
    ['a part', ['notes:read'], 'notes:read'],
    ['all', ['notes:write', 'notes:read'], all],
    ['more than the client may have', ['notes:read', 'mail:send'], 'notes:read'],
    ['something else', ['mail:send', 'notes'], ''],
  ])('scope: where the roles give %s, the default and the wish are cut to it', async (_, scopes, granted) => {
    const { defineRole, ask } = await start();
    await defineRole('user', ...scopes);
    expect(scopeOf(await ask(client))).toBe(granted);
    expect(scopeOf(await ask(client, all))).toBe(granted);
  });

  test('scope: it is not more than was asked for', async () => {
    const { defineRole, ask } = await start();
    await defineRole('user', ...secondClient.scopes);
    expect(scopeOf(await ask(client, 'notes:write'))).toBe('notes:write');
  });

  test('scope: several roles add up, and one that is not defined gives nothing', async () => {
    const { defineRole, giveRoles, ask } = await start();
    await defineRole('reader', 'notes:read');
    await defineRole('writer', 'notes:write');
    await giveRoles('reader', 'ghost');
    expect(scopeOf(await ask(client))).toBe('notes:read');
    await giveRoles('user', 'reader', 'writer');
    expect(scopeOf(await ask(client))).toBe(all);
  });

  test('scope: who has no role at all is signed in, with nothing', async () => {
    const { defineRole, giveRoles, ask } = await start();
    await defineRole('user', 'notes:read');
    await giveRoles();
    expect(scopeOf(await ask(client))).toBe('');
  });

  test('scope: what the client may not have is refused, whatever the roles give', async () => {
    const { defineRole, ask } = await start();
    await defineRole('user', 'notes:read', 'mail:send');
    for (const scope of ['mail:send', 'notes:read mail:send', CANARY, 'users:read']) {
      expectFailure(await ask(client, scope), 'oauth', 400, 'invalid_scope', scope);
    }
  });

  test('scope: at the sign-up it is the same', async () => {
    const { api, defineRole } = await start();
    await defineRole('user', 'notes:read');
    expect(await api.signUp({ client_id: client })).toMatchObject({ tokens: { scope: 'notes:read' } });
    const beyond = { email: 'new@example.com', password: PASSWORD, client_id: client, scope: 'mail:send' };
    expectFailure(await api.post('/signup', beyond), 'problem', 400, 'invalid_scope');
  });
});

describe('the built-in client', () => {
  test('scope: it has none by default, and may ask for what any role gives', async () => {
    const { defineRole, giveRoles, ask } = await start();
    await defineRole('user', 'notes:read');
    await defineRole('auditor', 'books:read', 'books:write');
    expect(scopeOf(await ask(builtIn))).toBe('');
    expect(scopeOf(await ask(builtIn, 'notes:read'))).toBe('notes:read');
    expect(scopeOf(await ask(builtIn, 'books:read notes:read'))).toBe('notes:read');
    await giveRoles('user', 'auditor');
    expect(scopeOf(await ask(builtIn))).toBe('');
    expect(scopeOf(await ask(builtIn, 'books:read notes:read'))).toBe('books:read notes:read');
  });

  test.each([CANARY, `notes:read ${CANARY}`, 'notes:read  notes:read', ' notes:read', 'notes:"read', 'any', 'admin'])(
    'scope: "%s", which no role gives, is refused',
    async (scope) => {
      const { defineRole, ask } = await start();
      await defineRole('user', 'notes:read');
      expectFailure(await ask(builtIn, scope), 'oauth', 400, 'invalid_scope');
    },
  );

  test('scope: the role admin gives the scopes of an administrator, without being defined', async () => {
    const { giveRoles, ask } = await start();
    const wanted = adminScopes.join(' ');
    expect(scopeOf(await ask(builtIn, wanted))).toBe('');
    await giveRoles('user', 'admin');
    expect(scopeOf(await ask(builtIn, wanted))).toBe(wanted);
  });

  test('scope: the role admin can be given more, but nothing can be taken from it', async () => {
    const { defineRole, giveRoles, ask } = await start();
    await defineRole('admin', 'books:read');
    await giveRoles('admin');
    expect(scopeOf(await ask(builtIn, 'users:write books:read'))).toBe('users:write books:read');
  });
});

describe('at the refresh', () => {
  async function signedIn() {
    const service = await start();
    await service.defineRole('user', 'notes:read');
    await service.defineRole('writer', 'notes:write');
    await service.giveRoles('user', 'writer');
    const { body: tokens } = await service.ask(client);
    let newest: string = tokens.refresh_token;
    const refresh = async (scope = ''): Promise<Answer> => {
      const answer = await service.api.tryRefresh(newest, { client, scope });
      newest = answer.body.refresh_token ?? newest;
      return answer;
    };
    return { ...service, refresh };
  }

  test('scope: a narrower refresh narrows its access token, and not the session', async () => {
    const { refresh } = await signedIn();
    expect(scopeOf(await refresh('notes:write'))).toBe('notes:write');
    expect(scopeOf(await refresh())).toBe(all);
  });

  test('scope: a wider refresh is refused and consumes nothing', async () => {
    const { api, ask, sessions } = await signedIn();
    const { body: tokens } = await ask(client, 'notes:read');
    for (const scope of ['notes:write', all, 'users:read', CANARY]) {
      const answer = await api.tryRefresh(tokens.refresh_token, { client, scope });
      expectFailure(answer, 'oauth', 400, 'invalid_scope', scope);
    }
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 0, endedAt: null });
    expect(await api.refresh(tokens.refresh_token, { client })).toMatchObject({ scope: 'notes:read' });
  });

  test('scope: a role that is taken away or given back shows at the next refresh', async () => {
    const { refresh, giveRoles } = await signedIn();
    await giveRoles('user');
    expect(scopeOf(await refresh())).toBe('notes:read');
    expect(scopeOf(await refresh('notes:write'))).toBe('');
    await giveRoles('user', 'writer');
    expect(scopeOf(await refresh())).toBe(all);
  });

  test('scope: a role that is defined anew shows at the next refresh', async () => {
    const { refresh, defineRole, database } = await signedIn();
    await defineRole('writer');
    expect(scopeOf(await refresh())).toBe('notes:read');
    await database.em.fork().nativeDelete(Role, { name: 'user' });
    expect(scopeOf(await refresh())).toBe('');
  });

  test('scope: what the client may not have any more is missing from the next token', async () => {
    const { refresh, database } = await signedIn();
    await database.em.fork().nativeUpdate(RegisteredClient, { id: client }, { scopes: ['notes:write'] });
    expect(scopeOf(await refresh())).toBe('notes:write');
  });

  test('scope: the roles that a token names are those of its refresh', async () => {
    const { refresh, giveRoles } = await signedIn();
    const rolesOf = ({ body }: Answer) => decodeJwt(body.access_token).roles;
    expect(rolesOf(await refresh())).toEqual(['writer']);
    await giveRoles('user');
    expect(rolesOf(await refresh())).toBeUndefined();
  });
});
