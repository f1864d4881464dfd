// bench/suite/scenarios/contests.ts: the scenarios in which servers answer the same requests, and what is claimed of them.
import type { Contest } from '../contest.ts';
import type { Claim } from '../result.ts';

const FIRST = '0';
const BOTH = '0,1';
const USERS = 32;

function cpu(of: string, to: string, limit: number): Claim {
  return { what: `CPU of ${of} to that of ${to}`, figure: 'cpu', of, to, relation: 'at most', limit };
}

export const contests: readonly Contest[] = [
  {
    name: 'sign-in',
    title: 'Sign-in',
    note: 'The limit is the hashing library by itself on the same two cores, with so many hashes at once that no core ever waits; hashes-lane has as many at once as the lane of Latchkey.',
    contestants: ['hashes', 'hashes-lane', 'floor', 'latchkey', 'better-auth'],
    limit: 'hashes',
    users: 16,
    cores: BOTH,
    claims: [
      {
        what: 'sign-ins to raw hashes',
        figure: 'rate',
        of: 'latchkey',
        to: 'hashes',
        relation: 'at least',
        limit: 0.95,
      },
    ],
  },
  {
    name: 'refresh',
    title: 'Refresh',
    note: 'Each virtual user rotates its own token. better-auth rotates nothing: it signs a JWT for a session that stays as it is, and writes nothing.',
    contestants: [
      'floor',
      'latchkey',
      'oidc-memory',
      'oidc-sqlite',
      'floor-postgres',
      'latchkey-postgres',
      'oidc-postgres',
      'better-auth',
    ],
    limit: 'floor',
    users: USERS,
    cores: FIRST,
    claims: [
      {
        what: 'refreshes to one commit per request',
        figure: 'rate',
        of: 'latchkey',
        to: 'floor',
        relation: 'at least',
        limit: 2,
      },
      cpu('latchkey', 'oidc-memory', 0.85),
      cpu('latchkey', 'oidc-sqlite', 0.4),
      cpu('latchkey-postgres', 'oidc-postgres', 0.7),
    ],
  },
  {
    name: 'client_credentials',
    title: 'Client credentials',
    note: 'A backend with a secret gets a JWT, which nobody stores.',
    contestants: ['floor', 'latchkey', 'oidc-memory', 'oidc-sqlite'],
    limit: 'floor',
    users: USERS,
    cores: FIRST,
    claims: [cpu('latchkey', 'oidc-memory', 0.75)],
  },
  {
    name: 'me',
    title: 'Who am I',
    note: 'GET /me; userinfo of oidc-provider with an opaque token, the only kind it takes there; get-session of better-auth.',
    contestants: ['floor', 'latchkey', 'oidc-memory', 'oidc-sqlite', 'better-auth'],
    limit: 'floor',
    users: USERS,
    cores: FIRST,
    claims: [cpu('latchkey', 'oidc-memory', 0.6)],
  },
  {
    name: 'introspection',
    title: 'Introspection',
    note: 'oidc-provider looks an opaque token up; Latchkey and the floor check a signature and look the session up.',
    contestants: ['floor', 'latchkey', 'oidc-memory', 'oidc-sqlite'],
    limit: 'floor',
    users: USERS,
    cores: FIRST,
    claims: [cpu('latchkey', 'oidc-memory', 0.6)],
  },
  {
    name: 'forward-auth',
    title: 'Forward authentication',
    note: 'What a proxy asks for each request; oidc-provider is asked by introspection.',
    contestants: ['floor', 'latchkey', 'oidc-memory', 'oidc-sqlite'],
    limit: 'floor',
    users: USERS,
    cores: FIRST,
    claims: [cpu('latchkey', 'oidc-memory', 0.6)],
  },
  {
    name: 'jwks',
    title: 'JWKS',
    note: 'The floor has the bytes ready; Koa is the framework that Latchkey stands on, with the same bytes.',
    contestants: ['floor', 'koa', 'latchkey', 'oidc-memory', 'better-auth'],
    limit: 'floor',
    users: USERS,
    cores: FIRST,
    claims: [cpu('latchkey', 'koa', 1.3)],
  },
];
