// admin/powers.ts: who may do what to whom. Nobody acts upwards: whoever changes an account, a role or a client has every
// power over Latchkey that is in it, before and after.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Clients } from '../clients/clients.ts';
import { AuthError } from '../errors.ts';
import { adminScopes, type Roles } from '../roles/roles.ts';
import type { Actor } from '../tokens/guard.ts';
import type { Users } from '../users/users.ts';

interface Parts {
  readonly users: Users;
  readonly clients: Clients;
  readonly roles: Roles;
}

export type Powers = ReturnType<typeof createPowers>;

export function createPowers({ users, clients, roles }: Parts) {
  /** Of the roles or the registration that whoever acts has now, whatever the token was narrowed to. */
  async function ofActor(tx: SqlEntityManager, { userId, clientId }: Actor): Promise<ReadonlySet<string>> {
    if (userId !== null) return roles.scopesOf(tx, (await users.findIn(tx, userId))?.roles ?? []);
    const scopes = (await clients.find(clientId))?.scopes ?? [];
    return new Set(scopes === 'any' ? [] : scopes);
  }

  /** Throws `insufficient_power` where one of these scopes is a power that whoever acts has not. */
  async function assertWithin(tx: SqlEntityManager, actor: Actor, scopes: Iterable<string>): Promise<void> {
    const own = await ofActor(tx, actor);
    const powers: ReadonlySet<string> = new Set(adminScopes);
    for (const scope of scopes) if (powers.has(scope) && !own.has(scope)) throw new AuthError('insufficient_power');
  }

  async function assertOver(tx: SqlEntityManager, actor: Actor, roleNames: readonly string[]): Promise<void> {
    await assertWithin(tx, actor, await roles.scopesOf(tx, roleNames));
  }

  return { assertWithin, assertOver };
}
