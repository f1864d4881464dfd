// migrations/column-types.ts: one word for each kind of column, in the language of whichever database it is.
import type { AbstractSqlDriver } from '@mikro-orm/sql';
import { sql } from 'kysely';

export type ColumnTypes = ReturnType<typeof columnTypes>;

export function columnTypes(driver: AbstractSqlDriver) {
  const platform = driver.getPlatform();
  return {
    uuid: sql.raw(platform.getUuidTypeDeclarationSQL({})),
    text: sql.raw(platform.getTextTypeDeclarationSQL({})),
    json: sql.raw(platform.getJsonDeclarationSQL()),
    boolean: sql.raw(platform.getBooleanTypeDeclarationSQL()),
    /** Milliseconds, as JavaScript counts. */
    instant: sql.raw(platform.getDateTimeTypeDeclarationSQL({ length: 3 })),
  };
}
