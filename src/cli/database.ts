// cli/database.ts: the database as a whole: a deployment that moves into another one.
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { type Config, parseConfig } from '../config.ts';
import { type Database, openDatabase } from '../database.ts';
import { EnvironmentSchema } from '../environment.ts';
import { OperatorError } from '../errors.ts';
import { copyDatabase, countRows } from '../maintenance/copy-database.ts';
import { createLogger } from '../platform/logger.ts';
import { openCounters } from '../platform/open-counters.ts';
import { isInUse } from '../platform/sqlite-in-use.ts';
import { createProgress } from './progress.ts';
import { type Output, print, table } from './run.ts';
import { readTarget, type TargetOptions } from './target.ts';
import type { Terminal } from './terminal.ts';

const SQLITE = 'sqlite:';
const silent = createLogger('silent');

interface Options extends Output, TargetOptions {}

export function databaseCommand(terminal: Terminal): Command {
  const database = new Command('database').description('the database as a whole');
  database
    .command('copy')
    .description('moves everything from DATABASE_URL into an empty database; nobody is logged out')
    .option('--to-env <name>', 'the environment variable that holds postgres://user:password@host/database')
    .option('--to-stdin', 'the URL is the first line of standard input, or is asked for')
    .option('--to <url>', 'the URL itself, if no password is in it')
    .option('--json', 'for programs')
    .action((options: Options) => copy(terminal, options));
  return database;
}

async function copy(terminal: Terminal, options: Options): Promise<void> {
  const to = await readTarget(terminal, options);
  const config = parseConfig(terminal.env);
  const target = configOfTarget(terminal, to);
  assertMovable(config.databaseUrl, to);
  const counts = await withDatabase(config.databaseUrl, (source) =>
    withDatabase(to, async (destination) => {
      await move({ source, destination, config, target, terminal });
      return compare(await countRows(source.em.fork()), await countRows(destination.em.fork()));
    }),
  );
  print(terminal, { tables: counts }, options, () => inWords(counts));
  warnOfSecret(terminal, config, target);
  if (counts.every(({ source, target }) => source === target)) return;
  terminal.err('The two differ: somebody has written meanwhile. Stop the service, and copy into a new database.\n');
  terminal.fail();
}

/** The settings of the service that will run on the target. */
function configOfTarget({ env }: Terminal, to: string): Config {
  const url = EnvironmentSchema.shape.DATABASE_URL.safeParse(to);
  if (!url.success)
    throw new OperatorError(`The URL of the target ${url.error.issues.map(({ message }) => message).join(', ')}.`);
  return parseConfig({ ...env, DATABASE_URL: url.data });
}

/** A write that comes while or after the rows are read would be lost, and with it somebody's session. */
function assertMovable(from: string, to: string): void {
  if (placeOf(from) === placeOf(to)) throw new OperatorError('The target is the database that DATABASE_URL names.');
  if (!from.startsWith(SQLITE)) return;
  const path = from.slice(SQLITE.length);
  if (!existsSync(path)) throw new OperatorError(`There is no database ${path}. Is DATABASE_URL right?`);
  if (isInUse(path))
    throw new OperatorError(`Somebody has ${path} open. Stop the service first: it would go on writing.`);
}

/** The same for every way to write it. Another name of a server is found out later: its database is not empty. */
function placeOf(url: string): string {
  if (url.startsWith(SQLITE)) {
    const path = resolve(url.slice(SQLITE.length));
    return existsSync(path) ? realpathSync(path) : path;
  }
  if (!URL.canParse(url)) throw new OperatorError('The URL of the source or of the target cannot be read.');
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || '5432'}${pathname}`;
}

async function withDatabase<Result>(url: string, work: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await openDatabase(url, silent);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

interface Move {
  readonly source: Database;
  readonly destination: Database;
  readonly config: Config;
  readonly target: Config;
  readonly terminal: Terminal;
}

/** Under the lock of the target: an instance that starts there meanwhile waits, and makes no key of its own. */
async function move({ source, destination, config, target, terminal }: Move): Promise<void> {
  await assertUpToDate(source);
  if (!(await destination.isReachable())) throw new OperatorError('The target database does not answer.');
  const tried = await withCounters(config, source.em.fork(), ({ list }) => list());
  await destination.prepare(() =>
    copyDatabase({
      source: source.em,
      target: destination.em,
      progress: createProgress(terminal),
      alsoCopy: (tx) => withCounters(target, tx, ({ add }) => add(tried)),
    }),
  );
}

async function assertUpToDate({ orm }: Database): Promise<void> {
  const pending = await orm.migrator.getPending();
  if (pending.length === 0) return;
  throw new OperatorError('The database is not up to date: `latchkey migrate` brings it there. Is DATABASE_URL right?');
}

/** Somebody who guesses passwords should not find his tries forgotten. */
async function withCounters<Result>(
  { databaseUrl, limits: { redisUrl } }: Config,
  em: Database['em'],
  work: (counters: Awaited<ReturnType<typeof openCounters>>) => Promise<Result>,
): Promise<Result> {
  const counters = await openCounters({ databaseUrl, redisUrl }, em, silent);
  try {
    await counters.prepare();
    return await work(counters);
  } finally {
    await counters.close();
  }
}

interface Count {
  readonly table: string;
  readonly source: number;
  readonly target: number;
}

function compare(source: ReadonlyMap<string, number>, target: ReadonlyMap<string, number>): Count[] {
  return [...source].map(([name, rows]) => ({ table: name, source: rows, target: target.get(name) ?? 0 }));
}

function inWords(counts: readonly Count[]): string {
  const rows = counts.map(({ table, source, target }) => [
    table,
    String(source),
    String(target),
    source === target ? 'the same' : 'DIFFERENT',
  ]);
  return table([['table', 'source', 'target', ''], ...rows]);
}

/** Sealed keys and refresh tokens are worth nothing without it. */
function warnOfSecret({ err }: Terminal, { secrets, secretFile }: Config, target: Config): void {
  if (secrets.length > 0 || resolve(secretFile) === resolve(target.secretFile)) return;
  err(`The secret is still in ${secretFile}: give it to the service as SECRETS, or move it to ${target.secretFile}.\n`);
}
