// admin/powers.ts: what an actor may do to accounts, roles and clients. An actor needs every scope that the object of the
// act gives, before and after the act (design section 7).
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditEventType } from '../audit/audit-event.ts';
import type { Initiator } from '../audit/audit-log.ts';
import type { RecordBounded } from '../audit/bounded-record.ts';
import type { Clients } from '../clients/clients.ts';
import { AuthError } from '../errors.ts';
import type { Origin } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import { operatorPermissions, type Permissions, scopesBeyond } from '../roles/permissions.ts';
import { ADMIN_ROLE, type Roles } from '../roles/roles.ts';
import type { Actor } from '../tokens/guard.ts';
import type { Users } from '../users/users.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly users: Users;
  readonly clients: Clients;
  readonly roles: Roles;
  readonly recordBounded: RecordBounded;
}

/** Who acts, and from where. The actor is null for an operator at the command line. */
export interface Act {
  readonly actor: Actor | null;
  readonly origin: Origin;
}

/** As audit events name an actor. */
export function initiatorOf({ userId, clientId }: Actor): Initiator {
  return { clientId, by: userId ?? clientId };
}

/** What was attempted, for the audit event of a refusal. */
export interface Attempt {
  readonly act: AuditEventType;
  readonly userId?: string;
  readonly clientId?: string;
}

export type Powers = ReturnType<typeof createPowers>;

const NONE: Permissions = { scopes: new Set(), grantsApplicationScopes: false };

export function createPowers({ em, users, clients, roles, recordBounded }: Parts) {
  /** As the database has them in this transaction, cut to the scope of the presented token. */
  async function permissionsOf(tx: SqlEntityManager, actor: Actor | null): Promise<Permissions> {
    if (actor === null) return operatorPermissions;
    const client = await clients.find(actor.clientId);
    if (!client) return NONE;
    const mayHave = (scope: string) => client.scopes === 'any' || client.scopes.includes(scope);
    const scopes = new Set(actor.scope.split(' ').filter(mayHave));
    return actor.userId === null ? { scopes, grantsApplicationScopes: false } : ofUser(tx, actor.userId, scopes);
  }

  async function ofUser(tx: SqlEntityManager, userId: string, ofToken: ReadonlySet<string>): Promise<Permissions> {
    const user = await users.findIn(tx, userId);
    if (!user || user.disabledAt) return NONE;
    const scopes = ofToken.intersection(await roles.scopesOf(tx, user.roles));
    return { scopes, grantsApplicationScopes: user.roles.includes(ADMIN_ROLE) };
  }

  /** Throws `insufficient_power` if the actor lacks one of these scopes. */
  async function assertWithin(tx: SqlEntityManager, { actor }: Act, scopes: Iterable<string>): Promise<void> {
    const beyond = scopesBeyond(await permissionsOf(tx, actor), scopes);
    if (beyond.length > 0) throw new AuthError('insufficient_power', { scope: beyond.join(' ') });
  }

  async function assertOver(tx: SqlEntityManager, act: Act, roleNames: readonly string[]): Promise<void> {
    await assertWithin(tx, act, await roles.scopesOf(tx, roleNames));
  }

  /** Runs the work in a transaction. If it is refused, an audit event is recorded after the rollback. */
  async function perform<Result>(
    { actor, origin }: Act,
    attempt: Attempt,
    work: (tx: SqlEntityManager) => Promise<Result>,
  ): Promise<Result> {
    const isPart = em.isInTransaction(); // the outer call records
    try {
      return await transact(em, work);
    } catch (error) {
      if (actor && !isPart && error instanceof AuthError && error.code === 'insufficient_power') {
        await recordRefusal(actor, origin, attempt, error.details.scope ?? '');
      }
      throw error;
    }
  }

  async function recordRefusal(actor: Actor, origin: Origin, { act, userId, clientId }: Attempt, scope: string) {
    const about = { ...(userId !== undefined && { userId }), clientId: clientId ?? actor.clientId };
    const details = { by: initiatorOf(actor).by, act, scope: scope.slice(0, MAX_SCOPE_LENGTH) };
    await recordBounded(details.by, { type: 'permission.refused', ...about, origin, details });
  }

  return { assertWithin, assertOver, perform };
}

/** A role can give a hundred scopes; an event need not repeat them all. */
const MAX_SCOPE_LENGTH = 500;
