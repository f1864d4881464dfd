// platform/postgres.ts: connections to PostgreSQL that do not wait for ever, and are given up when they are dead.
import { createHash } from 'node:crypto';
import { Client, type ClientConfig, type Pool, type QueryConfig } from 'pg';
import { errorCode } from './database-errors.ts';

/** In milliseconds: to get a connection, new or from the pool. */
const CONNECT_TIMEOUT_MS = 5_000;
/** To wait for a row that somebody else has locked. */
const LOCK_TIMEOUT_MS = 4_000;
/** For one statement; PostgreSQL ends it. */
const STATEMENT_TIMEOUT_MS = 8_000;
/** For one answer, when PostgreSQL itself does not speak any more. */
const SILENCE_TIMEOUT_MS = 10_000;
/** An instance that died in the middle of a transaction holds its locks for no longer. */
const ABANDONED_TIMEOUT_MS = 15_000;
const MAX_NAMES = 500;
/** What `pg` says when that is over. */
const SILENCE = 'Query read timeout';

export interface PoolSettings {
  /** Connections of one instance at most. */
  readonly maxConnections: number;
  /** Statements are prepared once for each connection. Not behind a pooler that does not know of them. */
  readonly preparesStatements: boolean;
}

export interface PoolLoad {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

/** For MikroORM, which hands them on to `pg`. */
export function poolOptions({ maxConnections, preparesStatements }: PoolSettings, onPoolCreated: (pool: Pool) => void) {
  return {
    Client: preparesStatements ? PreparingClient : DeadlineClient,
    max: maxConnections,
    application_name: 'latchkey',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: SILENCE_TIMEOUT_MS,
    idle_in_transaction_session_timeout: ABANDONED_TIMEOUT_MS,
    onPoolCreated,
  };
}

export function loadOf({ totalCount: total, idleCount: idle, waitingCount: waiting }: Pool): PoolLoad {
  return { total, idle, waiting };
}

/**
 * Runs the work while no other instance does. PostgreSQL gives the lock back by itself if the process dies; it belongs to
 * a transaction and not to a session, so that it works behind a pooler too.
 */
export async function withAdvisoryLock(url: string, lock: number, work: () => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true });
  await client.connect();
  client.on('error', () => {}); // a lock that is lost in the middle is noticed by the commit
  try {
    await client.query('begin');
    // Whoever waits here waits for the migrations of another, which may take longer than any statement should.
    await client.query('set local statement_timeout = 0');
    await client.query('set local lock_timeout = 0');
    await client.query('set local idle_in_transaction_session_timeout = 0');
    await client.query('select pg_advisory_xact_lock($1)', [lock]);
    await work();
    await client.query('commit');
  } finally {
    await client.end();
  }
}

type Send = (statement: string | QueryConfig, values?: readonly unknown[]) => Promise<unknown>;

/** `pg` gives up an answer that does not come, and keeps the connection on which it may still come: that is given up too. */
class DeadlineClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    const send: Send = this.query.bind(this);
    Object.assign(this, { query: (...statement: Parameters<Send>) => this.#watch(this.send(send, ...statement)) });
  }

  protected send(send: Send, ...statement: Parameters<Send>): Promise<unknown> {
    return send(...statement);
  }

  #watch(answer: Promise<unknown>): Promise<unknown> {
    answer.catch((error: Error) => void (error.message === SILENCE && this.end()));
    return answer;
  }
}

/** What has parameters is prepared under a name that comes from its text: PostgreSQL reads it once for each connection. */
class PreparingClient extends DeadlineClient {
  protected override send(send: Send, statement: string | QueryConfig, values: readonly unknown[] = []) {
    if (typeof statement !== 'string' || values.length === 0) return send(statement, values);
    const prepared = () => send({ text: statement, values: [...values], name: nameOf(statement) });
    return prepared().catch((error: unknown) => {
      if (!isOutdated(error)) throw error;
      forgetNames();
      return prepared().catch(() => {
        throw error; // in a transaction, which is over: whoever began it runs it again
      });
    });
  }
}

let names = new Map<string, string>();
let schema = 0;

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_NAMES) return known;
  const name = createHash('sha256').update(`${schema} ${text}`).digest('base64url').slice(0, 20);
  names.set(text, name);
  return name;
}

/** Another release has changed a table under our feet: whatever was prepared on any connection is prepared anew. */
function forgetNames(): void {
  names = new Map();
  schema += 1;
}

/** "cached plan must not change result type" */
function isOutdated(error: unknown): boolean {
  return errorCode(error) === '0A000';
}
