// database.ts: MikroORM for SQLite or PostgreSQL, told apart by the URL, with the same entities and migrations.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { MikroORM } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { AbstractSqlDriver, Options, SqlEntityManager } from '@mikro-orm/sql';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { migrations } from '../migrations/list.ts';
import { OneTimeCode } from './accounts/one-time-code.ts';
import { AuditEvent } from './audit/audit-event.ts';
import { RegisteredClient } from './clients/registered-client.ts';
import { UsedAssertion } from './clients/used-assertion.ts';
import { SigningKey } from './keys/signing-key.ts';
import { OutboxMail } from './mail/outbox-mail.ts';
import { LIMITS_TABLE } from './platform/counters.ts';
import type { Logger } from './platform/logger.ts';
import { createSqliteDialect } from './platform/sqlite-dialect.ts';
import { Role } from './roles/role.ts';
import { Session } from './sessions/session.ts';
import { RevokedAccessToken } from './tokens/revoked-access-token.ts';
import { User } from './users/user.ts';

const entities = [
  AuditEvent,
  OneTimeCode,
  OutboxMail,
  RegisteredClient,
  RevokedAccessToken,
  Role,
  Session,
  SigningKey,
  UsedAssertion,
  User,
];

const SQLITE = 'sqlite:';
const IN_MEMORY = ':memory:';
/** Any constant will do, as long as it is always the same one. */
const START_LOCK = 0x1a7c4;
const START_LOCK_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;

type Orm = MikroORM<AbstractSqlDriver, SqlEntityManager>;
type OrmOptions = Partial<Options<AbstractSqlDriver, SqlEntityManager>>;

export interface Database {
  readonly orm: Orm;
  readonly em: SqlEntityManager;
  /** Runs pending migrations and then `work`, one instance at a time. */
  prepare(work: () => Promise<void>): Promise<void>;
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/** Connects on first use. `url` is `sqlite:<path>`, `sqlite::memory:` or `postgres://...`. */
export async function openDatabase(url: string, log: Logger): Promise<Database> {
  const logger = (message: string) => log.warn(message);
  const orm: Orm = new MikroORM({ ...(await driverOptions(url)), ...commonOptions, logger });
  const { em } = orm;

  function prepare(work: () => Promise<void>): Promise<void> {
    return exclusively(async () => {
      const applied = await orm.migrator.up();
      if (applied.length > 0) log.info({ migrations: applied.map(({ name }) => name) }, 'migrated');
      await work();
    });
  }

  function exclusively(work: () => Promise<void>): Promise<void> {
    if (!url.startsWith(SQLITE)) return withAdvisoryLock(em, work);
    const path = url.slice(SQLITE.length);
    return path === IN_MEMORY ? work() : withLockFile(`${path}.lock`, work);
  }

  async function isReachable(): Promise<boolean> {
    return em.execute('select 1').then(
      () => true,
      () => false,
    );
  }

  return { orm, em, prepare, isReachable, close: () => orm.close() };
}

const commonOptions: OrmOptions = {
  entities,
  extensions: [Migrator],
  migrations: { migrationsList: migrations, snapshot: false, silent: true },
  ensureDatabase: false,
  schemaGenerator: { skipTables: [LIMITS_TABLE] },
  colors: false,
};

async function driverOptions(url: string): Promise<OrmOptions> {
  if (url.startsWith(SQLITE)) return sqliteOptions(url.slice(SQLITE.length));
  const { PostgreSqlDriver } = await import('@mikro-orm/postgresql');
  const timeouts = { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, statement_timeout: STATEMENT_TIMEOUT_MS };
  return { driver: PostgreSqlDriver, clientUrl: url, driverOptions: timeouts };
}

async function sqliteOptions(path: string): Promise<OrmOptions> {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { SqliteDriver } = await import('@mikro-orm/sqlite');
  return { driver: SqliteDriver, dbName: path, driverOptions: () => createSqliteDialect(path) };
}

/** Released by PostgreSQL itself if the process dies. */
function withAdvisoryLock(em: SqlEntityManager, work: () => Promise<void>): Promise<void> {
  return em
    .getKysely()
    .connection()
    .execute(async (connection) => {
      // Whoever waits here waits for the migrations of another, which may take longer than any statement should.
      await sql`set statement_timeout = 0`.execute(connection);
      await sql`select pg_advisory_lock(${START_LOCK})`.execute(connection);
      try {
        await work();
      } finally {
        await sql`select pg_advisory_unlock(${START_LOCK})`.execute(connection);
        await sql`reset statement_timeout`.execute(connection);
      }
    });
}

/** A lock on the database itself would keep out our own connection, so the lock is a file beside it. */
async function withLockFile(path: string, work: () => Promise<void>): Promise<void> {
  const lock = new BetterSqlite(path, { timeout: START_LOCK_TIMEOUT_MS });
  try {
    lock.exec('begin exclusive');
    await work();
  } finally {
    lock.close();
  }
}
