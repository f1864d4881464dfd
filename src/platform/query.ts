// platform/query.ts: typed SQL for the hot paths, where reading an entity costs several times the query itself.
import type { EntitySchemaWithMeta } from '@mikro-orm/core';
import type { InferKyselyTable, SqlEntityManager } from '@mikro-orm/sql';
import type { Selectable } from 'kysely';

/** Tables and columns go by the names of entities and their properties; dates, JSON and booleans are converted. */
const naming = { tableNamingStrategy: 'entity', columnNamingStrategy: 'property', convertValues: true } as const;

type Naming = typeof naming;

/** An entity's table as `query` sees it. Do not alias a column: under an alias it comes back unconverted. */
export type Table<Entity extends EntitySchemaWithMeta> = InferKyselyTable<Entity, Naming>;

export type Row<Entity extends EntitySchemaWithMeta> = Selectable<Table<Entity>>;

/** A query builder that takes part in the transaction of `em`, if there is one. */
export function query<Tables>(em: SqlEntityManager) {
  return em.getKysely<Tables, Naming>(naming);
}
