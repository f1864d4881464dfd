// admin/client-admin.ts: what those who look after a deployment do to clients.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditEventType } from '../audit/audit-event.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ClientRegistration, Clients } from '../clients/clients.ts';
import type { RegisteredClientRow } from '../clients/registered-client.ts';
import { AuthError } from '../errors.ts';
import type { Act, Powers } from './powers.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly clients: Clients;
  readonly powers: Powers;
  readonly audit: AuditLog;
}

export interface ClientChanges {
  readonly name?: string;
  readonly scopes?: string[];
  readonly audiences?: string[];
  readonly corsOrigins?: string[];
  readonly disabled?: boolean;
}

export type ClientAdmin = ReturnType<typeof createClientAdmin>;

/** Every act throws `insufficient_power` if the client, before or after it, has a scope that the actor lacks. */
export function createClientAdmin({ em, clients, powers, audit }: Parts) {
  /** The secret of a confidential client, this once. Throws `client_taken`. */
  async function register(registration: ClientRegistration, act: Act) {
    const attempt = { act: 'client.registered', clientId: registration.id } as const;
    const work = powers.perform(act, attempt, async (tx) => {
      await powers.assertWithin(tx, act, registration.scopes);
      if (await clients.isTaken(registration.id)) throw new AuthError('client_taken');
      const secret = await clients.register(tx, registration);
      await record(tx, 'client.registered', registration.id, act);
      return { client: await getIn(tx, registration.id), secret };
    });
    return work.catch((error: unknown) => {
      throw error instanceof UniqueConstraintViolationException ? new AuthError('client_taken') : error;
    });
  }

  function change(id: string, { disabled, ...changes }: ClientChanges, act: Act): Promise<RegisteredClientRow> {
    const switched = disabled ? 'client.disabled' : 'client.enabled';
    return within(id, disabled === undefined ? 'client.changed' : switched, act, async (tx) => {
      await powers.assertWithin(tx, act, changes.scopes ?? []);
      await clients.change(tx, id, changes);
      if (disabled === true) await clients.disable(tx, id);
      if (disabled === false) await clients.enable(tx, id);
      return getIn(tx, id);
    });
  }

  /** A new secret beside the newest one so far. Throws `unauthorized_client` for a public client, which has none. */
  function addSecret(id: string, act: Act): Promise<string> {
    return within(id, 'client.secret_rotated', act, async (tx) => {
      const secret = await clients.rotateSecret(tx, id);
      if (secret === null) throw new AuthError('unauthorized_client');
      return secret;
    });
  }

  async function dropOldSecrets(id: string, act: Act): Promise<void> {
    await within(id, 'client.secret_rotated', act, (tx) => clients.dropOldSecrets(tx, id));
  }

  async function remove(id: string, act: Act): Promise<void> {
    await within(id, 'client.deleted', act, (tx) => clients.remove(tx, id));
  }

  async function within<Result>(
    id: string,
    type: AuditEventType,
    act: Act,
    work: (tx: SqlEntityManager) => Promise<Result>,
  ): Promise<Result> {
    return powers.perform(act, { act: type, clientId: id }, async (tx) => {
      await powers.assertWithin(tx, act, (await getIn(tx, id)).scopes);
      await record(tx, type, id, act);
      return work(tx);
    });
  }

  async function getIn(tx: SqlEntityManager, id: string): Promise<RegisteredClientRow> {
    const row = await clients.findRow(tx, id);
    if (!row) throw new AuthError('client_unknown');
    return row;
  }

  async function record(tx: SqlEntityManager, type: AuditEventType, clientId: string, { actor, origin }: Act) {
    const by = actor ? { details: { by: actor.userId ?? actor.clientId } } : {};
    await audit.record(tx, { type, clientId, origin, ...by });
  }

  return { register, get: (id: string) => getIn(em, id), change, addSecret, dropOldSecrets, remove };
}
