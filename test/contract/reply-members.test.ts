import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { anyone } from '../../src/http/guard.ts';
import { envelopes } from '../../src/http/problem.ts';
import { json, ok } from '../../src/http/reply.ts';
import { memberNames } from '../harness/schema-members.ts';
import { startService } from '../harness/service.ts';

/** Words for what only the service itself may see, wherever in a name they stand. */
const secret =
  /pass(word|phrase|code)|hash|digest|secret|canonical|sealed|pepper|salt|private|generation|retry_?key|dedupe|attempts|internal/i;

/** The private members of a JWK (RFC 7518 sections 6.2.2 and 6.3.2). */
const privateJwk = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Tokens leave in the answer to those who ask for them, and nowhere else. */
const tokens = ['access_token', 'refresh_token'];

function membersOf(schema: z.ZodType | null): string[] {
  return schema ? memberNames(z.toJSONSchema(schema, { io: 'output' })) : [];
}

/** Every member that a reply can have, and in which reply. */
function replyMembers(endpoints: readonly Endpoint[]): { where: string; name: string }[] {
  return endpoints.flatMap(({ operationId, replies }) =>
    Object.entries(replies).flatMap(([status, { schema }]) =>
      membersOf(schema).map((name) => ({ where: `${operationId} ${status}`, name })),
    ),
  );
}

/** A secret is shown to whoever made it, once; and when it was made is no secret. */
const shown = ['registerClient 201 client_secret', 'addClientSecret 201 client_secret'];

function findSecrets(endpoints: readonly Endpoint[]): string[] {
  return replyMembers(endpoints)
    .filter(({ name }) => secret.test(name) || privateJwk.includes(name))
    .map(({ where, name }) => `${where} ${name}`)
    .filter((found) => !shown.includes(found) && !found.endsWith(' secrets_since'));
}

test('replies: no member is named like something that only the service may see', async () => {
  const { endpoints } = await startService();
  expect(findSecrets(endpoints)).toEqual([]);
  const failures = Object.values(envelopes).flatMap(({ schema }) => membersOf(schema));
  expect(failures).toContain('error_description');
  expect(failures.filter((name) => secret.test(name))).toEqual([]);
});

test('replies: tokens are in the answers of signing in, refreshing, signing up and changing the password alone', async () => {
  const { endpoints } = await startService();
  const holding = replyMembers(endpoints).filter(({ name }) => tokens.includes(name));
  expect([...new Set(holding.map(({ where }) => where))].toSorted()).toEqual([
    'changePassword 200',
    'createToken 200',
    'signUp 201',
  ]);
});

test('replies: everything that is sent as JSON was looked at', async () => {
  const { endpoints } = await startService();
  const seen = new Set(replyMembers(endpoints).map(({ where }) => where));
  const sent = endpoints.flatMap(({ operationId, replies }) =>
    Object.entries(replies)
      .filter(([, { contentType }]) => contentType?.includes('json'))
      .map(([status]) => `${operationId} ${status}`),
  );
  expect(sent).toEqual(expect.arrayContaining(['getMe 200', 'listSessions 200', 'getJwks 200', 'updateMe 200']));
  expect(sent.filter((where) => !seen.has(where))).toEqual([]);
});

test.each([
  'password',
  'password_hash',
  'passwordHash',
  'secretDigest',
  'emailCanonical',
  'sealed_content',
  'pepper_id',
])('replies: a member %s would be found, however deep', (name) => {
  const Deep = z.object({ users: z.array(z.object({ inner: z.object({ [name]: z.string() }).nullable() })) });
  const replies = { 200: json('The users.', Deep.meta({ id: `Planted${name}` })) };
  const common = { method: 'get', path: '/', tag: 'Tests', summary: 'A test', guard: anyone, limit: 'none' } as const;
  const planted: Endpoint = {
    ...common,
    operationId: 'listAll',
    failures: 'problem',
    replies,
    handle: async () => ok({ users: [] }),
  };
  expect(findSecrets([planted])).toEqual([`listAll 200 ${name}`]);
});
