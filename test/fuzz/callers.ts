// test/fuzz/callers.ts: who sends a message, and what they bring to show it.
import fc from 'fast-check';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { CANARY } from '../http/failures.ts';
import type { Member } from './schema.ts';

export interface Caller {
  readonly fields: readonly string[];
  readonly members: readonly Member[];
}

const bearing = (token: string): Caller => ({ fields: [`Authorization: Bearer ${token}`], members: [] });

const callers = {
  nobody: { fields: [], members: [] },
  user: bearing('{{user token}}'),
  admin: bearing('{{admin token}}'),
  program: bearing('{{program token}}'),
  monitoring: bearing('{{metrics token}}'),
  stale: bearing('{{old user token}}'),
  swapped: bearing('{{refresh token}}'),
  basic: { fields: ['Authorization: Basic {{basic}}'], members: [] },
  posting: {
    fields: [],
    members: [
      ['client_id', '"{{program}}"'],
      ['client_secret', '"{{program secret}}"'],
    ],
  },
  signing: {
    fields: [],
    members: [
      ['client_assertion_type', '"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"'],
      ['client_assertion', '"{{assertion}}"'],
    ],
  },
} as const satisfies Record<string, Caller>;

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Nearly somebody, or nobody that there could be. */
const garbage = [
  ...[
    'Bearer',
    'Bearer ',
    `Bearer ${CANARY}`,
    `bearer  ${CANARY}`,
    `Bearer ${CANARY}.${CANARY}.${CANARY}`,
    'Bearer ....',
  ],
  ...[
    `Bearer eyJhbGciOiJub25lIn0.${base64(`{"sub":"${CANARY}"}`)}.`,
    'Bearer {{user token}}x',
    'Bearer {{user token}}, a',
  ],
  ...['Bearer {{user token}}=', 'Basic {{user token}}', 'Basic', 'Basic =', 'Basic {{basic}}x', 'Bearer {{basic}}'],
  ...[
    `Basic ${base64(`program:${CANARY}`)}`,
    `Basic ${base64('program:%ZZ')}`,
    `Basic ${base64('\0:\0')}`,
    `Basic ${base64(':')}`,
  ],
  ...[
    `Basic ${base64('first-party:')}`,
    `Digest username="${CANARY}"`,
    `Negotiate ${CANARY}`,
    '',
    '\t',
    '\xFF\xFE',
    '"',
  ],
].map((value): Caller => ({ fields: [`Authorization: ${value}`], members: [] }));

/** The ones whom the operation is for come most often. */
export function callerOf({ guard, path }: Endpoint): fc.Arbitrary<Caller> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...suited(JSON.stringify(guard.requirements), path)) },
    { weight: 3, arbitrary: fc.constantFrom(...Object.values(callers)) },
    { weight: 1, arbitrary: fc.constantFrom(...garbage) },
    {
      weight: 1,
      arbitrary: fc.constant({ ...callers.user, fields: [...callers.user.fields, ...callers.admin.fields] }),
    },
  );
}

function suited(requirements: string, path: string): readonly Caller[] {
  const { nobody, user, admin, program, monitoring, basic, posting, signing } = callers;
  if (requirements.includes('metricsToken')) return [monitoring];
  if (path === '/introspect') return [basic, posting, signing];
  if (requirements.includes('clientSecretBasic')) return [nobody, nobody, basic, posting, signing];
  if (!requirements.includes('accessToken')) return [nobody];
  return path.startsWith('/admin/') ? [admin, admin, program] : [user, user, admin];
}
