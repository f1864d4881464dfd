// bench/servers/oidc-sqlite.ts: the store of oidc-provider on SQLite: one table, prepared statements, as durable as Latchkey's.
import { join } from 'node:path';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { z } from 'zod';
import { openDurable } from './sqlite.ts';

const Stored = z.object({ payload: z.string(), consumed_at: z.number().nullable() });
const schema = `
  create table if not exists models (model text not null, id text not null, payload text not null, grant_id text,
    uid text, user_code text, expires_at integer, consumed_at integer, primary key (model, id)) without rowid;
  create index if not exists models_grant_id on models (grant_id) where grant_id is not null;
  create index if not exists models_uid on models (model, uid) where uid is not null;
  create index if not exists models_user_code on models (model, user_code) where user_code is not null;`;

const now = () => Math.floor(Date.now() / 1000);

export function sqliteAdapter(folder: string): (model: string) => Adapter {
  const database = openDurable(join(folder, 'oidc.db'));
  database.exec(schema);
  const columns = 'select payload, consumed_at from models';
  const statements = {
    upsert: database.prepare(`insert into models values (?, ?, ?, ?, ?, ?, ?, null)
      on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at`),
    find: database.prepare(`${columns} where model = ? and id = ?`),
    findByUid: database.prepare(`${columns} where model = ? and uid = ?`),
    findByUserCode: database.prepare(`${columns} where model = ? and user_code = ?`),
    consume: database.prepare('update models set consumed_at = ? where model = ? and id = ?'),
    destroy: database.prepare('delete from models where model = ? and id = ?'),
    revoke: database.prepare('delete from models where grant_id = ?'),
  };

  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const { grantId = null, uid = null, userCode = null } = payload;
      const expiresAt = expiresIn ? now() + expiresIn : null;
      statements.upsert.run(model, id, JSON.stringify(payload), grantId, uid, userCode, expiresAt);
    },
    find: async (id) => read(statements.find.get(model, id)),
    findByUid: async (uid) => read(statements.findByUid.get(model, uid)),
    findByUserCode: async (userCode) => read(statements.findByUserCode.get(model, userCode)),
    consume: async (id) => void statements.consume.run(now(), model, id),
    destroy: async (id) => void statements.destroy.run(model, id),
    revokeByGrantId: async (grantId) => void statements.revoke.run(grantId),
  });
}

function read(row: unknown): AdapterPayload | undefined {
  if (row === undefined) return undefined;
  const { payload, consumed_at: consumed } = Stored.parse(row);
  return { ...JSON.parse(payload), ...(consumed === null ? {} : { consumed }) };
}
