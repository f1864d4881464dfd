// database.ts: MikroORM for SQLite or PostgreSQL, told apart by the URL, with the same entities and migrations.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { MikroORM } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { AbstractSqlDriver, Options, SqlEntityManager } from '@mikro-orm/sql';
import { migrations } from '../migrations/list.ts';
import { OneTimeCode } from './accounts/one-time-code.ts';
import { AuditEvent } from './audit/audit-event.ts';
import { RegisteredClient } from './clients/registered-client.ts';
import { UsedAssertion } from './clients/used-assertion.ts';
import { SigningKey } from './keys/signing-key.ts';
import { OutboxMail } from './mail/outbox-mail.ts';
import { Lease } from './maintenance/lease.ts';
import { type Alone, aloneAnyway } from './platform/checkpoint.ts';
import { LIMITS_TABLE } from './platform/counters.ts';
import type { Disk } from './platform/file-sync.ts';
import { type Commit, createGroupCommit } from './platform/group-commit.ts';
import type { Logger } from './platform/logger.ts';
import type { PoolLoad, PoolSettings } from './platform/postgres.ts';
import { openPrivate } from './platform/private-file.ts';
import { createSqlite, IN_MEMORY, type Sqlite } from './platform/sqlite-dialect.ts';
import { takeShortcut } from './platform/statement.ts';
import { Role } from './roles/role.ts';
import { Session } from './sessions/session.ts';
import { RevokedAccessToken } from './tokens/revoked-access-token.ts';
import { User } from './users/user.ts';

const entities = [
  AuditEvent,
  Lease,
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
/** Any constant will do, as long as it is always the same one. */
const START_LOCK = 0x1a7c4;
const START_LOCK_TIMEOUT_MS = 30_000;
const POOL: PoolSettings = { maxConnections: 10, preparesStatements: true };

type Orm = MikroORM<AbstractSqlDriver, SqlEntityManager>;
type OrmOptions = Partial<Options<AbstractSqlDriver, SqlEntityManager>>;

export interface Database {
  readonly orm: Orm;
  readonly em: SqlEntityManager;
  /** Runs pending migrations and then `work`, one instance at a time. */
  prepare(work: () => Promise<void>): Promise<void>;
  isReachable(): Promise<boolean>;
  /** Of the pool of connections; null where there is none. */
  load(): PoolLoad | null;
  /** For one statement, which is a transaction by itself: where that pays, it shares a commit with those of others. */
  readonly commit: Commit;
  /** Resolves when all that is committed is durable: for whoever tells of what another has committed. */
  settled(): Promise<void>;
  /** Does what SQLite would else do within a commit, as soon as it is worth it; PostgreSQL sees to itself. */
  takeOverLog(): Promise<void>;
  close(): Promise<void>;
}

/** How it gets there. */
export interface Reach {
  /** Of connections to PostgreSQL. */
  readonly pool?: PoolSettings;
  /** Under SQLite; by default that of the system. */
  readonly disk?: Disk | undefined;
}

/** Connects on first use. `url` is `sqlite:<path>`, `sqlite::memory:` or `postgres://...`. */
export async function openDatabase(url: string, log: Logger, { pool = POOL, disk }: Reach = {}): Promise<Database> {
  const options = { ...commonOptions, logger: (message: string) => log.warn(message) };
  const driver = url.startsWith(SQLITE)
    ? await sqliteDriver(url.slice(SQLITE.length), disk)
    : await postgresDriver(url, pool);
  const orm: Orm = new MikroORM({ ...driver.options, ...options });
  const { em } = orm;
  const { sqlite } = driver;
  if (sqlite) {
    takeShortcut(em, sqlite.readNow);
    em.getEventManager().registerSubscriber({ afterTransactionCommit: sqlite.log.settled });
  }

  function prepare(work: () => Promise<void>): Promise<void> {
    return driver.exclusively(async () => {
      const pending = await orm.migrator.getPending();
      if (pending.length > 0) {
        await driver.patiently(orm, options, (patient) => patient.migrator.up());
        log.info({ migrations: pending.map(({ name }) => name) }, 'migrated');
      }
      await work();
    });
  }

  async function isReachable(): Promise<boolean> {
    return em.execute('select 1').then(
      () => sqlite?.isSound() ?? true,
      () => false,
    );
  }

  async function takeOverLog(): Promise<void> {
    if (!sqlite) return;
    const { due, run } = sqlite.checkpoint();
    const whileAlone: Alone = (work) => alone(em, work);
    switch (await whileAlone(async () => due())) {
      case 'pages':
        return run(whileAlone);
      case 'new log':
        return whileAlone(() => run(aloneAnyway));
      case 'nothing':
    }
  }

  return {
    orm,
    em,
    prepare,
    isReachable,
    load: driver.load,
    commit: driver.commitOf(em),
    settled: async () => sqlite?.log.settled(),
    takeOverLog,
    close: () => orm.close(),
  };
}

const commonOptions: OrmOptions = {
  entities,
  extensions: [Migrator],
  migrations: { migrationsList: migrations, snapshot: false, silent: true },
  ensureDatabase: false,
  schemaGenerator: { skipTables: [LIMITS_TABLE] },
  colors: false,
};

/** What differs between the two. */
interface Driver {
  readonly options: OrmOptions;
  /** One instance at a time. */
  exclusively(work: () => Promise<void>): Promise<void>;
  /** With a connection that may take its time: a migration of a big table does. */
  patiently(orm: Orm, options: OrmOptions, work: (orm: Orm) => Promise<unknown>): Promise<void>;
  load(): PoolLoad | null;
  commitOf(em: SqlEntityManager): Commit;
  /** A database that is part of this process. */
  readonly sqlite?: Sqlite;
}

async function postgresDriver(clientUrl: string, settings: PoolSettings): Promise<Driver> {
  const { PostgreSqlDriver } = await import('@mikro-orm/postgresql');
  const { loadOf, poolOptions, withAdvisoryLock } = await import('./platform/postgres.ts');
  let load: () => PoolLoad | null = () => null;
  const driverOptions = poolOptions(settings, (pool) => {
    load = () => loadOf(pool);
  });
  return {
    options: { driver: PostgreSqlDriver, clientUrl, driverOptions },
    exclusively: (work) => withAdvisoryLock(clientUrl, START_LOCK, work),
    async patiently(_, options, work) {
      const patient: Orm = new MikroORM({ driver: PostgreSqlDriver, clientUrl, ...options });
      await work(patient).finally(() => patient.close());
    },
    load: () => load(),
    commitOf: (em) => (work) => work(em),
  };
}

async function sqliteDriver(path: string, disk?: Disk): Promise<Driver> {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { SqliteDriver } = await import('@mikro-orm/sqlite');
  const sqlite = createSqlite(path, disk);
  return {
    options: { driver: SqliteDriver, dbName: path, driverOptions: () => sqlite.dialect },
    exclusively: (work) => (path === IN_MEMORY ? work() : withLockFile(`${path}.lock`, work)),
    patiently: async (orm, _, work) => void (await work(orm)),
    load: () => null,
    commitOf: createGroupCommit,
    sqlite,
  };
}

/** Nobody else has the connection meanwhile, or reads and writes by it. */
function alone<Result>(em: SqlEntityManager, work: () => Promise<Result>): Promise<Result> {
  return em.getKysely().connection().execute(work);
}

/** A lock on the database itself would keep out our own connection, so the lock is a file beside it. */
async function withLockFile(path: string, work: () => Promise<void>): Promise<void> {
  const lock = openPrivate(path, { timeout: START_LOCK_TIMEOUT_MS });
  try {
    lock.exec('begin exclusive');
    await work();
  } finally {
    lock.close();
  }
}
