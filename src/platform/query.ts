// platform/query.ts: typed SQL for the hot paths, where reading an entity costs several times the query itself.
import type { EntityProperty, EntitySchemaWithMeta } from '@mikro-orm/core';
import { type InferKyselyTable, MikroKyselyPlugin, type SqlEntityManager } from '@mikro-orm/sql';
import type { PluginTransformResultArgs, QueryResult, Selectable, UnknownRow } from 'kysely';

/** Tables and columns go by the names of entities and their properties; dates, JSON and booleans are converted. */
const naming = { tableNamingStrategy: 'entity', columnNamingStrategy: 'property', convertValues: true } as const;

type Naming = typeof naming;

/** An entity's table as `query` sees it. Do not alias a column: under an alias it comes back unconverted. */
export type Table<Entity extends EntitySchemaWithMeta> = InferKyselyTable<Entity, Naming>;

export type Row<Entity extends EntitySchemaWithMeta> = Selectable<Table<Entity>>;

/** A query builder that takes part in the transaction of `em`, if there is one. */
export function query<Tables>(em: SqlEntityManager) {
  return em.getKysely<Tables, Naming>().withPlugin(new NamingPlugin(em));
}

export type Query<Tables> = ReturnType<typeof query<Tables>>;

/** The library looks at all fields of all entities of a query for each answer; this looks at what is in the answer. */
class NamingPlugin extends MikroKyselyPlugin {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    super(em, naming);
    this.#em = em;
  }

  override async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return { ...result, rows: toProperties(result.rows, this.#em) };
  }
}

/** Rows as the database has them in, as the entities have them out. */
export function toProperties(rows: readonly UnknownRow[], em: SqlEntityManager): UnknownRow[] {
  const columns = columnsOf(em);
  return rows.map((row) => toResult(row, columns));
}

interface Column {
  readonly property: string;
  readonly kind: string;
  /** Null where it can stay as it is. */
  readonly convert: ((value: unknown) => unknown) | null;
}

type Columns = ReadonlyMap<string, Column>;

const known = new WeakMap<object, Columns>();

function columnsOf(em: SqlEntityManager): Columns {
  const metadata = em.getMetadata();
  const columns = known.get(metadata) ?? readColumns(em);
  known.set(metadata, columns);
  return columns;
}

/** A name means the same in all tables, so that it does not matter which of them an answer comes from. */
function readColumns(em: SqlEntityManager): Columns {
  const columns = new Map<string, Column>();
  for (const { props } of em.getMetadata().getAll().values()) {
    for (const prop of props) {
      const [name = prop.name] = prop.fieldNames;
      const column = { property: prop.name, kind: `${prop.name}: ${prop.runtimeType}`, convert: converter(prop, em) };
      const other = columns.get(name);
      if (other && other.kind !== column.kind) throw new Error(`The column ${name} is of two kinds.`);
      columns.set(name, column);
    }
  }
  return columns;
}

/** As the entities have it. */
function converter({ customType, runtimeType }: EntityProperty, em: SqlEntityManager): Column['convert'] {
  const platform = em.getPlatform();
  if (customType) return (value) => customType.convertToJSValue(value, platform);
  if (runtimeType === 'boolean') return Boolean;
  if (runtimeType === 'Date') return (value) => (isInstant(value) ? platform.parseDate(value) : value);
  return null;
}

/** Text of PostgreSQL, or the milliseconds that SQLite has. */
function isInstant(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function toResult(row: UnknownRow, columns: Columns): UnknownRow {
  const result: UnknownRow = {};
  for (const name in row) {
    const column = columns.get(name);
    const value = row[name];
    result[column?.property ?? name] = column?.convert && value !== null ? column.convert(value) : value;
  }
  return result;
}
