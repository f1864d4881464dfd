// admin/client-admin.ts: what those who look after a deployment do to clients.
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditEventType } from '../audit/audit-event.ts';
import { type AuditLog, initiatedBy } from '../audit/audit-log.ts';
import type { ClientRegistration, Clients } from '../clients/clients.ts';
import type { RegisteredClientRow } from '../clients/registered-client.ts';
import { AuthError } from '../errors.ts';
import type { ClientSessions } from '../sessions/client-sessions.ts';
import { type Act, initiatorOf, type Powers } from './powers.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly clients: Clients;
  readonly clientSessions: ClientSessions;
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
export function createClientAdmin({ em, clients, clientSessions, powers, audit }: Parts) {
  /** The secret, shown this once; null for a client that has none. Throws `client_taken`. */
  async function register(registration: ClientRegistration, act: Act) {
    const { id } = registration;
    const work = powers.perform(act, { act: 'client.registered', clientId: id }, async (tx) => {
      await powers.assertWithin(tx, act, registration.scopes);
      if (await clients.isTaken(id)) throw new AuthError('client_taken');
      const secret = await clients.register(tx, registration);
      await clientSessions.begin(tx, id, act.origin);
      await record(tx, 'client.registered', id, act);
      return { client: await getIn(tx, id), secret };
    });
    return work.catch((error: unknown) => {
      throw error instanceof UniqueConstraintViolationException ? new AuthError('client_taken') : error;
    });
  }

  /** A client that is disabled loses its sessions for good: enabling it does not bring them back. */
  function change(id: string, { disabled, ...changes }: ClientChanges, act: Act): Promise<RegisteredClientRow> {
    const switched = disabled ? 'client.disabled' : 'client.enabled';
    const type = disabled === undefined ? 'client.changed' : switched;
    return within(id, type, act, async (tx) => {
      await powers.assertWithin(tx, act, changes.scopes ?? []);
      await clients.change(tx, id, changes);
      if (disabled === true) await clients.disable(tx, id);
      if (disabled === false) await clients.enable(tx, id);
      const sessions = await clientSessions.begin(tx, id, act.origin);
      await record(tx, type, id, act, disabled ? { sessions } : {});
      return getIn(tx, id);
    });
  }

  /** A new secret beside the newest one so far. Throws `unauthorized_client` for a public client, which has none. */
  function addSecret(id: string, act: Act): Promise<string> {
    return within(id, 'client.secret_rotated', act, async (tx) => {
      const secret = await clients.rotateSecret(tx, id);
      if (secret === null) throw new AuthError('unauthorized_client');
      await record(tx, 'client.secret_rotated', id, act);
      return secret;
    });
  }

  async function dropOldSecrets(id: string, act: Act): Promise<void> {
    await within(id, 'client.secret_rotated', act, async (tx) => {
      await clients.dropOldSecrets(tx, id);
      await record(tx, 'client.secret_rotated', id, act);
    });
  }

  async function remove(id: string, act: Act): Promise<void> {
    await within(id, 'client.deleted', act, async (tx) => {
      await clients.remove(tx, id);
      const sessions = await clientSessions.begin(tx, id, act.origin);
      await record(tx, 'client.deleted', id, act, { sessions });
    });
  }

  function within<Result>(
    id: string,
    type: AuditEventType,
    act: Act,
    work: (tx: SqlEntityManager) => Promise<Result>,
  ): Promise<Result> {
    return powers.perform(act, { act: type, clientId: id }, async (tx) => {
      await powers.assertWithin(tx, act, (await getIn(tx, id)).scopes);
      return work(tx);
    });
  }

  async function getIn(tx: SqlEntityManager, id: string): Promise<RegisteredClientRow> {
    const row = await clients.findRow(tx, id);
    if (!row) throw new AuthError('client_unknown');
    return row;
  }

  /** `sessions` is how many end with it. */
  async function record(
    tx: SqlEntityManager,
    type: AuditEventType,
    clientId: string,
    { actor, origin }: Act,
    about: Record<string, number> = {},
  ): Promise<void> {
    await audit.record(tx, { type, origin, ...initiatedBy(actor && initiatorOf(actor), about), clientId });
  }

  return { register, get: (id: string) => getIn(em, id), change, addSecret, dropOldSecrets, remove };
}
