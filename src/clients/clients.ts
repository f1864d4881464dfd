// clients/clients.ts: knows the clients: the built-in one, and those in the database.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Clock } from '../platform/clock.ts';
import { query, type Table } from '../platform/query.ts';
import { digest, newSecret } from '../platform/secrets.ts';
import type { Client, ClientType, GrantType } from './client.ts';
import { createClientState } from './client-state.ts';
import { findStoredClient, type StoredClient } from './find-client.ts';
import { RegisteredClient, type RegisteredClientRow } from './registered-client.ts';

interface Tables {
  RegisteredClient: Table<typeof RegisteredClient>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly builtIn: Client | null;
  readonly audiences: Client['audiences'];
}

/** What whoever registers a client says of it. */
export interface ClientRegistration {
  readonly id: string;
  readonly name: string;
  readonly type: ClientType;
  readonly firstParty: boolean;
  readonly grants: readonly GrantType[];
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly jwks: RegisteredClientRow['jwks'];
  readonly corsOrigins: readonly string[];
  readonly accessTokenSeconds: number | null;
  /** By default a confidential client without keys has a secret. One with keys can have one too, for a transition. */
  readonly hasSecret?: boolean | undefined;
}

export type Clients = ReturnType<typeof createClients>;

/**
 * The built-in public client lets one curl sign in on an empty machine; no id, no such client. Its tokens have no scope
 * unless one is asked for, and then what the roles of the user give.
 */
export function builtInClient(id: string | null, audiences: Client['audiences']): Client | null {
  if (id === null) return null;
  return {
    id,
    type: 'public',
    firstParty: true,
    grants: ['password', 'refresh_token'],
    scopes: 'any',
    audiences,
    accessTokenSeconds: null,
    secretDigests: [],
    jwks: null,
    createdAt: new Date(0),
    sessionsEndBefore: null,
  };
}

export function createClients({ em, now, builtIn, audiences }: Parts) {
  /** Null for one that is unknown, disabled or deleted. */
  async function find(id: string): Promise<Client | null> {
    if (id === builtIn?.id) return builtIn;
    if (id.includes('\0')) return null; // no text for PostgreSQL
    const stored = await findStoredClient(em, id);
    return stored && withDefaults(stored);
  }

  /** Every scope that some client may ask for. */
  async function allScopes(): Promise<string[]> {
    const live = query<Tables>(em).selectFrom('RegisteredClient').select('scopes').where('disabledAt', 'is', null);
    return (await live.execute()).flatMap(({ scopes }) => scopes);
  }

  /** Every origin whose pages some client has. */
  async function allOrigins(): Promise<string[]> {
    const live = query<Tables>(em).selectFrom('RegisteredClient').select('corsOrigins').where('disabledAt', 'is', null);
    return (await live.execute()).flatMap(({ corsOrigins }) => corsOrigins);
  }

  function withDefaults({ secrets, audiences: own, ...stored }: StoredClient): Client {
    const [first = audiences[0], ...rest] = own.length > 0 ? own : audiences;
    return { ...stored, audiences: [first, ...rest], secretDigests: secrets.map(({ digest }) => digest) };
  }

  /** The secret, which is nowhere else: only its digest is stored. Null for a client that has none. */
  async function register(tx: SqlEntityManager, registration: ClientRegistration): Promise<string | null> {
    const { hasSecret = needsSecret(registration), ...rest } = registration;
    const at = now();
    const secret = hasSecret ? newSecret() : null;
    await tx.insert(RegisteredClient, {
      ...rest,
      grants: [...rest.grants],
      scopes: [...rest.scopes],
      audiences: [...rest.audiences],
      corsOrigins: [...rest.corsOrigins],
      secrets: secret === null ? [] : [{ digest: digest(secret), createdAt: at.toISOString() }],
      disabledAt: null,
      sessionsEndBefore: at, // of an earlier client of this identifier, which can have been opened while it was deleted
      createdAt: at,
      updatedAt: at,
    });
    return secret;
  }

  /** Also by one that is disabled, by the built-in one, and by a deleted one whose sessions have not ended yet. */
  async function isTaken(id: string): Promise<boolean> {
    if (id === builtIn?.id) return true;
    const row = await query<Tables>(em)
      .selectFrom('RegisteredClient')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** By identifier, from the one after `after`. */
  async function list(after = '', limit = 1000): Promise<RegisteredClientRow[]> {
    return query<Tables>(em)
      .selectFrom('RegisteredClient')
      .selectAll()
      .where('id', '>', after)
      .where('deletedAt', 'is', null)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  /** Some of the clients whose access tokens live for less than that. */
  async function listShortLived(seconds: number): Promise<Pick<RegisteredClientRow, 'id' | 'accessTokenSeconds'>[]> {
    return query<Tables>(em)
      .selectFrom('RegisteredClient')
      .select(['id', 'accessTokenSeconds'])
      .where('accessTokenSeconds', '<', seconds)
      .where('disabledAt', 'is', null)
      .orderBy('id')
      .limit(10)
      .execute();
  }

  /** Also one that is disabled. */
  async function findRow(tx: SqlEntityManager, id: string): Promise<RegisteredClientRow | null> {
    const row = await query<Tables>(tx)
      .selectFrom('RegisteredClient')
      .selectAll()
      .where('id', '=', id)
      .where('deletedAt', 'is', null)
      .executeTakeFirst();
    return row ?? null;
  }

  /**
   * A new secret, with which the one before it stays good: whoever uses it can change over without a gap. Any older one
   * is gone. Null when there is no such confidential client.
   */
  async function rotateSecret(tx: SqlEntityManager, id: string): Promise<string | null> {
    const row = await findRow(tx, id);
    if (row?.type !== 'confidential') return null;
    const secret = newSecret();
    const newest = { digest: digest(secret), createdAt: now().toISOString() };
    await change(tx, id, { secrets: [newest, ...row.secrets.slice(0, 1)] });
    return secret;
  }

  /** From now on only the newest secret is good. False when there is no such client. */
  async function dropOldSecrets(tx: SqlEntityManager, id: string): Promise<boolean> {
    const row = await findRow(tx, id);
    return row !== null && change(tx, id, { secrets: row.secrets.slice(0, 1) });
  }

  /** False when there is no such client. */
  async function change(tx: SqlEntityManager, id: string, changes: Partial<RegisteredClientRow>): Promise<boolean> {
    return (await tx.nativeUpdate(RegisteredClient, { id }, { ...changes, updatedAt: now() })) === 1;
  }

  return {
    builtIn,
    find,
    allScopes,
    allOrigins,
    findRow,
    isTaken,
    register,
    list,
    listShortLived,
    rotateSecret,
    dropOldSecrets,
    change,
    ...createClientState({ now }),
  };
}

function needsSecret({ type, jwks }: ClientRegistration): boolean {
  return type === 'confidential' && jwks === null;
}
