// maintenance/copy-database.ts: everything that one database remembers, into another one that is empty: all of it or none.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { OperatorError } from '../errors.ts';
import { isUnavailable } from '../platform/database-errors.ts';
import { query } from '../platform/query.ts';
import { visible } from '../platform/visible.ts';

const BATCH = 500;

/** What there is to copy is read off the entities: a new table comes along without a word here. */
interface TableShape {
  /** Of the entity, and of its table. */
  readonly entity: string;
  readonly name: string;
  /** The properties of the primary key. */
  readonly key: readonly string[];
}

type Cells = Record<string, unknown>;
type Tables = Record<string, Cells>;

export interface Progress {
  start(rows: number): void;
  advance(rows: number): void;
  /** The table is there as a whole. */
  done(table: string, rows: number): void;
  stop(): void;
}

export interface Copying {
  readonly source: SqlEntityManager;
  readonly target: SqlEntityManager;
  readonly progress: Progress;
  /** What is in no table of an entity; as the last thing in the transaction of the target. */
  readonly alsoCopy: (tx: SqlEntityManager) => Promise<void>;
}

/**
 * Between databases of the same migrations. One transaction reads, and sees what was there when it began; one writes,
 * so that a copy that breaks off leaves nothing. Throws `OperatorError` when there is nothing to copy, when the target
 * is not empty, and when a row cannot be.
 */
export async function copyDatabase({ source, target, progress, alsoCopy }: Copying): Promise<void> {
  await inSnapshot(source, (from) =>
    inTransaction(target, async (to) => {
      await assertEmpty(to);
      progress.start(await assertFilled(from));
      for (const table of tablesOf(from)) progress.done(table.name, await copyTable(table, { from, to, progress }));
      await alsoCopy(to);
    }),
  ).finally(progress.stop);
}

type Work = (tx: SqlEntityManager) => Promise<void>;

/** On PostgreSQL a snapshot; on SQLite the write lock, which keeps every writer out for as long. */
function inSnapshot(em: SqlEntityManager, work: Work): Promise<void> {
  return apart(em).transactional(work, { isolationLevel: 'repeatable read', readOnly: true });
}

function inTransaction(em: SqlEntityManager, work: Work): Promise<void> {
  return apart(em).transactional(work);
}

/** Within a transaction every manager takes part in it, also one of another database, unless it is told not to. */
function apart(em: SqlEntityManager): SqlEntityManager {
  return em.fork({ disableContextResolution: true });
}

async function assertEmpty(target: SqlEntityManager): Promise<void> {
  const held = [...(await countRows(target))].filter(([, rows]) => rows > 0).map(([name, rows]) => `${rows} ${name}`);
  if (held.length === 0) return;
  throw new OperatorError(
    `The target is not empty: it holds ${held.join(', ')}. Nothing is written over: copy into a new database.`,
  );
}

async function assertFilled(source: SqlEntityManager): Promise<number> {
  const rows = [...(await countRows(source)).values()].reduce((sum, count) => sum + count, 0);
  if (rows === 0) throw new OperatorError('There is nothing to copy. Is DATABASE_URL right?');
  return rows;
}

/** By the names of the tables. */
export async function countRows(em: SqlEntityManager): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { entity, name } of tablesOf(em)) {
    const all = query<Tables>(em)
      .selectFrom(entity)
      .select((of) => of.fn.countAll().as('rows'));
    counts.set(name, Number((await all.executeTakeFirstOrThrow()).rows));
  }
  return counts;
}

function tablesOf(em: SqlEntityManager): TableShape[] {
  const shapes = [...em.getMetadata().getAll().values()].map(({ className, tableName, primaryKeys }) => ({
    entity: className,
    name: tableName,
    key: primaryKeys,
  }));
  return shapes.toSorted((one, other) => one.name.localeCompare(other.name));
}

interface Ends extends Pick<Copying, 'progress'> {
  readonly from: SqlEntityManager;
  readonly to: SqlEntityManager;
}

/** How many rows that were. */
async function copyTable(table: TableShape, { from, to, progress }: Ends): Promise<number> {
  let copied = 0;
  for await (const rows of batches(from, table)) {
    await write(to, table, rows);
    copied += rows.length;
    progress.advance(rows.length);
  }
  return copied;
}

async function* batches(from: SqlEntityManager, table: TableShape): AsyncGenerator<Cells[]> {
  let rows = await read(from, table);
  while (rows.length > 0) {
    yield rows;
    rows = await read(from, table, rows.at(-1));
  }
}

/** In the order of the primary key, from the row after that one. */
function read(from: SqlEntityManager, { entity, key }: TableShape, after?: Cells): Promise<Cells[]> {
  const all = query<Tables>(from).selectFrom(entity).selectAll().limit(BATCH);
  const inOrder = key.reduce((select, column) => select.orderBy(column), all);
  if (!after) return inOrder.execute();
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const values = sql.join(key.map((column) => after[column]));
  return inOrder.where(sql<boolean>`(${columns}) > (${values})`).execute();
}

async function write(to: SqlEntityManager, { entity, name }: TableShape, rows: readonly Cells[]): Promise<void> {
  try {
    await query<Tables>(to).insertInto(entity).values(rows).execute();
  } catch (cause) {
    if (isUnavailable(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`Nothing was copied: a row of ${name} does not go into the target (${visible(reason)}).`, {
      cause,
    });
  }
}
