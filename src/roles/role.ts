// roles/role.ts: the table of roles: what people may do, by the name of who they are.
import { defineEntity, p } from '@mikro-orm/core';
import type { Row } from '../platform/query.ts';

export const Role = defineEntity({
  name: 'Role',
  tableName: 'roles',
  properties: {
    name: p.text().primary(),
    description: p.text(),
    scopes: p.json<string[]>(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

export type RoleRow = Row<typeof Role>;
