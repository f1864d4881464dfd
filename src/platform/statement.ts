// platform/statement.ts: SQL that is written once. To build a statement costs several times what it costs to run it, and on
// the hot paths it is always the same.
import type { EntitySchemaWithMeta } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Compilable, CompiledQuery, UnknownRow } from 'kysely';
import { type Query, query, type Row, toProperties } from './query.ts';

export interface Statement<Given, Result> {
  all(em: SqlEntityManager, given: Given): Promise<Result[]>;
  first(em: SqlEntityManager, given: Given): Promise<Result | null>;
  /** How many rows it has changed. */
  change(em: SqlEntityManager, given: Given): Promise<number>;
}

/**
 * The rows on the spot, by a database that is part of this process: nothing is waited for. Null while a transaction is
 * open, which nobody else may look into.
 */
export type ReadNow = (sql: string, parameters: readonly unknown[]) => unknown[] | null;

const shortcuts = new WeakMap<object, ReadNow>();

/** From now on statements that only read take the shortcut where they can. */
export function takeShortcut(em: SqlEntityManager, readNow: ReadNow): void {
  shortcuts.set(em.getMetadata(), readNow);
}

export function answersOnTheSpot(em: SqlEntityManager): boolean {
  return shortcuts.has(em.getMetadata());
}

type Write<Tables, Given, Result> = (db: Query<Tables>, given: Given) => Compilable<Result>;

/**
 * Takes part in the transaction of `em`, if there is one. What is `given` can be put into the statement, and nothing else
 * can be done with it: while it is written, nobody knows the values yet.
 */
export function statement<Tables, Given extends object, Result>(
  write: Write<Tables, Given, Result>,
): Statement<Given, Result> {
  const written = new WeakMap<object, CompiledQuery>();

  /** For the dialect and the names of this database. */
  function writtenFor(em: SqlEntityManager): CompiledQuery {
    const database = em.getMetadata();
    const known = written.get(database) ?? write(query<Tables>(em), placeholders<Given>()).compile();
    written.set(database, known);
    return known;
  }

  function fillIn(em: SqlEntityManager, given: Given): CompiledQuery {
    const compiled = writtenFor(em);
    return { ...compiled, parameters: compiled.parameters.map((parameter) => bind(parameter, given, em)) };
  }

  async function all(em: SqlEntityManager, given: Given): Promise<Result[]> {
    const filled = fillIn(em, given);
    const readNow = shortcuts.get(em.getMetadata());
    const rows = readNow?.(filled.sql, filled.parameters) ?? (await em.getKysely().executeQuery(filled)).rows;
    // What the statement says of itself, once its names are the properties.
    return toProperties(rows as UnknownRow[], em) as Result[];
  }

  async function change(em: SqlEntityManager, given: Given): Promise<number> {
    return Number((await em.getKysely().executeQuery(fillIn(em, given))).numAffectedRows);
  }

  return {
    all,
    first: async (em, given) => (await all(em, given))[0] ?? null,
    change,
  };
}

/** Puts a row in, with all that the entity has. */
export function insertion<Entity extends EntitySchemaWithMeta>({ meta }: Entity): Statement<Row<Entity>, unknown> {
  type Tables = Record<string, Record<string, unknown>>;
  return statement((db: Query<Tables>, row: Row<Entity>) => {
    const columns = Object.keys(meta.properties).map((name) => [name, Reflect.get(row, name)]);
    return db.insertInto(meta.className).values(Object.fromEntries(columns));
  });
}

/** Stands for a value that comes when the statement is run. The ORM leaves alone what has a `kind`. */
class Placeholder {
  readonly kind = 'placeholder';
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}

function placeholders<Given extends object>(): Given {
  return new Proxy({} as Given, { get: (_, name) => new Placeholder(name) });
}

function bind(parameter: unknown, given: object, em: SqlEntityManager): unknown {
  const value = parameter instanceof Placeholder ? Reflect.get(given, parameter.name) : parameter;
  if (value instanceof Date) return em.getPlatform().processDateProperty(value);
  return value instanceof Object ? JSON.stringify(value) : value; // of a JSON column: none holds anything else
}
