// bench/servers/oidc-postgres.ts: the store of oidc-provider on PostgreSQL: one table, statements that are prepared once.

import type { Adapter, AdapterPayload } from 'oidc-provider';
import { Pool } from 'pg';
import { z } from 'zod';

const Stored = z.object({ payload: z.looseObject({}), consumed_at: z.number().nullable() });
const schema = `
  create table if not exists models (model text not null, id text not null, payload jsonb not null, grant_id text,
    uid text, user_code text, expires_at integer, consumed_at integer, primary key (model, id));
  create index if not exists models_grant_id on models (grant_id) where grant_id is not null;
  create index if not exists models_uid on models (model, uid) where uid is not null;
  create index if not exists models_user_code on models (model, user_code) where user_code is not null;`;

const columns = 'select payload, consumed_at from models';
const statements = {
  upsert: `insert into models values ($1, $2, $3, $4, $5, $6, $7, null)
    on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
  find: `${columns} where model = $1 and id = $2`,
  findByUid: `${columns} where model = $1 and uid = $2`,
  findByUserCode: `${columns} where model = $1 and user_code = $2`,
  consume: 'update models set consumed_at = $3 where model = $1 and id = $2',
  destroy: 'delete from models where model = $1 and id = $2',
  revoke: 'delete from models where grant_id = $1',
};

const now = () => Math.floor(Date.now() / 1000);

export async function postgresAdapter(connectionString: string): Promise<(model: string) => Adapter> {
  // As many connections as Latchkey has by default.
  const pool = new Pool({ connectionString, max: 10 });
  await pool.query(schema);
  const run = (name: keyof typeof statements, values: unknown[]) =>
    pool.query({ name, text: statements[name], values });
  const find = async (name: keyof typeof statements, values: unknown[]) => read((await run(name, values)).rows[0]);

  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const { grantId = null, uid = null, userCode = null } = payload;
      const expiresAt = expiresIn ? now() + expiresIn : null;
      await run('upsert', [model, id, JSON.stringify(payload), grantId, uid, userCode, expiresAt]);
    },
    find: (id) => find('find', [model, id]),
    findByUid: (uid) => find('findByUid', [model, uid]),
    findByUserCode: (userCode) => find('findByUserCode', [model, userCode]),
    consume: async (id) => void (await run('consume', [model, id, now()])),
    destroy: async (id) => void (await run('destroy', [model, id])),
    revokeByGrantId: async (grantId) => void (await run('revoke', [grantId])),
  });
}

function read(row: unknown): AdapterPayload | undefined {
  if (row === undefined) return undefined;
  const { payload, consumed_at: consumed } = Stored.parse(row);
  return { ...payload, ...(consumed === null ? {} : { consumed }) };
}
