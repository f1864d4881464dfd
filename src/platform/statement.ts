// platform/statement.ts: SQL that is written once. To build a statement costs several times what it costs to run it, and on
// the hot paths it is always the same.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Compilable, CompiledQuery, UnknownRow } from 'kysely';
import { type Query, query, toProperties } from './query.ts';

export interface Statement<Given, Result> {
  all(em: SqlEntityManager, given: Given): Promise<Result[]>;
  first(em: SqlEntityManager, given: Given): Promise<Result | null>;
  /** How many rows it has changed. */
  change(em: SqlEntityManager, given: Given): Promise<number>;
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

  function run(em: SqlEntityManager, given: Given) {
    const compiled = writtenFor(em);
    const parameters = compiled.parameters.map((parameter) => bind(parameter, given, em));
    return em.getKysely().executeQuery<UnknownRow>({ ...compiled, parameters });
  }

  async function all(em: SqlEntityManager, given: Given): Promise<Result[]> {
    const { rows } = await run(em, given);
    return toProperties(rows, em) as Result[]; // what the statement says of itself, once its names are the properties
  }

  return {
    all,
    first: async (em, given) => (await all(em, given))[0] ?? null,
    change: async (em, given) => Number((await run(em, given)).numAffectedRows),
  };
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
  return value instanceof Date ? em.getPlatform().processDateProperty(value) : value;
}
