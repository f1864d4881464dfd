// Sessions that give power over the deployment: no grace for a second use of a refresh token, unless it brings its key.
import { describe, expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';

const KEY = 'the-key-of-this-refresh';
const reused = { status: 400, body: { error: 'invalid_grant', reason: 'token_reused' } };
const operators = { ...secondClient, id: 'console', scopes: ['users:read', 'notes:read'] };

async function startWithRoles(roles: string[], scope: string, client = 'first-party') {
  const service = await startService({ clients: client === operators.id ? [operators] : [] });
  const { api, database } = service;
  const { user } = await api.signUp();
  const setRoles = (names: string[]) => database.em.fork().nativeUpdate(User, { id: user.id }, { roles: names });
  await setRoles(roles);
  const tokens = await api.signIn(user.email, { ...(scope && { scope }), client_id: client });
  return { ...service, tokens, setRoles };
}

describe('refresh: an administrative session', () => {
  test('ends at a second use at once, without a key and with another one', async () => {
    for (const second of [{}, { key: 'another-key' }]) {
      const { api, tokens } = await startWithRoles(['user', 'admin'], 'users:read');
      expect(tokens.scope).toBe('users:read');
      const next = await api.refresh(tokens.refresh_token, { key: KEY });
      expect(await api.tryRefresh(tokens.refresh_token, second)).toMatchObject(reused);
      expect(await api.tryRefresh(next.refresh_token)).toMatchObject(reused);
    }
  });

  test('answers a repeat that brings its key, hours later too', async () => {
    const { api, clock, tokens } = await startWithRoles(['user', 'admin'], 'audit:read users:read');
    const next = await api.refresh(tokens.refresh_token, { key: KEY });
    expect(await api.refresh(tokens.refresh_token, { key: KEY })).toMatchObject({ refresh_token: next.refresh_token });
    clock.advance({ hours: 1 });
    expect(await api.refresh(tokens.refresh_token, { key: KEY })).toMatchObject({ refresh_token: next.refresh_token });
  });

  test('of tabs at once that share a key goes on; of tabs without, it ends', async () => {
    const shared = await startWithRoles(['user', 'admin'], 'users:read');
    const withKey = Array.from({ length: 10 }, () => shared.api.refresh(shared.tokens.refresh_token, { key: KEY }));
    expect(new Set((await Promise.all(withKey)).map(({ refresh_token }) => refresh_token)).size).toBe(1);
    const { api, tokens, sessions } = await startWithRoles(['user', 'admin'], 'users:read');
    const without = await Promise.all(Array.from({ length: 10 }, () => api.tryRefresh(tokens.refresh_token)));
    expect(without.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await sessions.find(tokens.session_id)).toMatchObject({ endReason: 'token_reused' });
  });

  test('is one from the moment at which its role gives the scope, and until the role is taken', async () => {
    const { api, tokens, setRoles } = await startWithRoles(['user'], 'users:read');
    expect(tokens.scope).toBe('');
    const second = await api.refresh(tokens.refresh_token);
    await api.refresh(tokens.refresh_token);
    await setRoles(['user', 'admin']);
    const third = await api.refresh(second.refresh_token);
    await setRoles(['user']);
    await api.refresh(second.refresh_token);
    await setRoles(['user', 'admin']);
    expect(await api.tryRefresh(second.refresh_token)).toMatchObject(reused);
    expect(await api.tryRefresh(third.refresh_token)).toMatchObject(reused);
  });

  test('is none that did not ask for such a scope, or whose client may not have it any more', async () => {
    const ordinary = await startWithRoles(['user', 'admin'], '');
    await ordinary.api.refresh(ordinary.tokens.refresh_token);
    await ordinary.api.refresh(ordinary.tokens.refresh_token);
    const { api, clients, database, tokens } = await startWithRoles(['user', 'admin'], 'users:read', operators.id);
    await clients.change(database.em.fork(), operators.id, { scopes: ['notes:read'] });
    await api.refresh(tokens.refresh_token, { client: operators.id });
    await api.refresh(tokens.refresh_token, { client: operators.id });
  });

  test('ends with a client that has such scopes by default', async () => {
    const { api, tokens } = await startWithRoles(['user', 'admin'], '', operators.id);
    expect(tokens.scope).toBe(operators.scopes.join(' '));
    await api.refresh(tokens.refresh_token, { client: operators.id });
    expect(await api.tryRefresh(tokens.refresh_token, { client: operators.id })).toMatchObject(reused);
  });

  test('costs others no query', async () => {
    const service = await startWithRoles(['user', 'admin'], '');
    const statements = await recordStatements(service);
    await service.api.refresh(service.tokens.refresh_token);
    expect(statements.filter((sql) => /roles. where|from .roles/.test(sql))).toEqual([]);
  });
});
