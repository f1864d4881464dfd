// admin/key-routes.ts: the keys that sign access tokens, over HTTP. Their private halves are nowhere to be seen.
import { z } from 'zod';
import { AuthError } from '../errors.ts';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { created, empty, json, noContent, ok } from '../http/reply.ts';
import { keyState, keyStates, type SigningKeyRow, signingAlgorithms } from '../keys/signing-key.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import { Text } from '../platform/text.ts';
import type { AdminScope } from '../roles/roles.ts';
import type { Actor } from '../tokens/guard.ts';
import { initiatorOf } from './powers.ts';

interface Parts {
  readonly keys: SigningKeys;
  readonly allowed: (scope: AdminScope) => Guard<Actor>;
}

const { at } = story;
const example = {
  kid: story.kid,
  algorithm: 'ES256',
  state: 'active',
  created_at: at.graceMade,
  activated_at: at.graceMade,
  retired_at: null,
  revoked_at: null,
} as const;

const Instant = z.iso.datetime().nullable();

const KeyWire = z
  .object({
    kid: z.string(),
    algorithm: z.enum(signingAlgorithms).describe('More may be added.'),
    state: z
      .enum(keyStates)
      .describe('pending: published, and signs next. retired: published until its last token is dead.'),
    created_at: z.iso.datetime().describe('Published since then.'),
    activated_at: Instant,
    retired_at: Instant,
    revoked_at: Instant,
  })
  .meta({ id: 'SigningKey', examples: [example] });

const KeyList = z.object({ keys: z.array(KeyWire) }).meta({ id: 'SigningKeyList', examples: [{ keys: [example] }] });

const KeyParams = z.object({
  kid: Text.max(100)
    .describe('The identifier of the key, as in the header of what it has signed.')
    .meta({ examples: [story.kid] }),
});

export function presentKey(key: SigningKeyRow): z.input<typeof KeyWire> {
  const { kid, algorithm, createdAt, activatedAt, retiredAt, revokedAt } = key;
  return {
    kid,
    algorithm,
    state: keyState(key),
    created_at: createdAt.toISOString(),
    activated_at: activatedAt?.toISOString() ?? null,
    retired_at: retiredAt?.toISOString() ?? null,
    revoked_at: revokedAt?.toISOString() ?? null,
  };
}

export function keyAdminEndpoints({ keys, allowed }: Parts): Endpoint[] {
  const common = { tag: 'Administration', limit: 'none', failures: 'problem' } as const;
  const write = { ...common, guard: allowed('keys:write') };

  return [
    endpoint({
      ...common,
      guard: allowed('keys:read'),
      method: 'get',
      path: '/admin/keys',
      operationId: 'listKeys',
      summary: 'The signing keys, newest first',
      replies: { 200: json('The keys.', KeyList) },
      handle: async () => ok({ keys: (await keys.list()).map(presentKey) }),
    }),
    endpoint({
      ...write,
      method: 'post',
      path: '/admin/keys',
      operationId: 'rotateKeys',
      summary: 'Publish the next signing key now',
      description:
        'It signs when every verifier has had the time to fetch it. If one is on its way already, that one is answered.',
      replies: { 201: json('The key that will sign next.', KeyWire) },
      handle: async (_, { caller, origin }) =>
        created(presentKey(await keys.rotate(origin, initiatorOf(caller))), '/admin/keys'),
    }),
    endpoint({
      ...write,
      method: 'delete',
      path: '/admin/keys/:kid',
      operationId: 'revokeKey',
      summary: 'Revoke a signing key, with every token that it has signed',
      description: 'For an emergency. Another key signs at once; verifiers learn of it when they fetch the keys again.',
      errors: ['key_unknown'],
      params: KeyParams,
      replies: { 204: empty('It is not published any more.') },
      handle: async ({ params }, { caller, origin }) => {
        if (!(await keys.revoke(params.kid, origin, initiatorOf(caller)))) throw new AuthError('key_unknown');
        return noContent();
      },
    }),
  ];
}
