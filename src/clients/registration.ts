// clients/registration.ts: what may be said of a client when it is registered, and what does not go together.
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { isCallingOrigin } from '../platform/network.ts';
import { Text } from '../platform/text.ts';
import { clientTypes, grantTypes } from './client.ts';
import { registrationExample } from './client-examples.ts';
import type { ClientRegistration } from './clients.ts';

/** Unreserved characters (RFC 3986 section 2.3), so that no encoding ever changes it. */
const ClientId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/, 'Up to 64 letters, digits and . _ ~ -')
  .refine((id) => !z.uuid().safeParse(id).success, 'An identifier like those of users is none for a client.');

/** RFC 6749 section 3.3. */
export const ScopeToken = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/, 'This is not the name of a scope.');

/** RFC 8707 section 2: an absolute URI without a fragment. */
export const Audience = Text.max(2000).refine(
  (uri) => URL.canParse(uri) && !uri.includes('#'),
  'This is not an absolute URI without a fragment.',
);

/** Of the pages, apps and browser extensions that may call as this client. */
export const CorsOrigin = z
  .string()
  .max(300)
  .refine(isCallingOrigin, 'This is not an origin like https://app.example or capacitor://localhost.');

export const ClientName = Text.min(1).max(200);

/** A public key and nothing of its private half (RFC 7517 section 4): a member that is not named here is refused. */
const PublicJwk = z.strictObject({
  kty: z.enum(['EC', 'RSA', 'OKP']),
  kid: Text.optional(),
  use: z.literal('sig').optional(),
  alg: Text.optional(),
  crv: Text.optional(),
  x: Text.optional(),
  y: Text.optional(),
  n: Text.optional(),
  e: Text.optional(),
});

const UNSOUND = 'This is no public key that a signature can be checked with, or one of too few bits.';

/** NIST SP 800-131A: a signature by fewer bits proves nothing. */
const MIN_RSA_BITS = 2048;

function isSound(jwk: JsonWebKey): boolean {
  try {
    const { modulusLength } = createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails ?? {};
    return jwk.kty !== 'RSA' || (modulusLength ?? 0) >= MIN_RSA_BITS;
  } catch {
    return false;
  }
}

/** Its form: a client that is there is shown whatever its keys are worth. */
export const ClientJwks = z.strictObject({ keys: z.array(PublicJwk).min(1).max(10) }).meta({ id: 'ClientJwks' });

const MAX_ACCESS_TOKEN_SECONDS = 3600;

const Members = z.strictObject({
  id: ClientId,
  name: ClientName,
  type: z.enum(clientTypes),
  first_party: z.boolean().default(false),
  grants: z.array(z.enum(grantTypes)).min(1),
  scopes: z.array(ScopeToken).max(100).default([]),
  audiences: z.array(Audience).max(20).default([]),
  cors_origins: z.array(CorsOrigin).max(20).default([]),
  jwks: ClientJwks.nullable().default(null),
  secret: z
    .boolean()
    .optional()
    .describe(
      'By default a confidential client has a secret unless it has keys. `true` asks for both, for a transition.',
    ),
  access_token_seconds: z.int().min(10).max(MAX_ACCESS_TOKEN_SECONDS).nullable().default(null),
});

interface Contradiction {
  readonly member: string;
  readonly message: string;
  readonly applies: (registration: z.output<typeof Members>) => boolean;
}

const contradictions: readonly Contradiction[] = [
  {
    member: 'grants',
    message: 'A public client cannot have tokens of its own: it cannot prove who it is.',
    applies: ({ type, grants }) => type === 'public' && grants.includes('client_credentials'),
  },
  {
    member: 'jwks',
    message: 'A public client cannot keep a key.',
    applies: ({ type, jwks }) => type === 'public' && jwks !== null,
  },
  {
    member: 'secret',
    message: 'A public client cannot keep a secret.',
    applies: ({ type, secret }) => type === 'public' && secret === true,
  },
  {
    member: 'secret',
    message: 'A confidential client needs a secret or keys.',
    applies: ({ type, secret, jwks }) => type === 'confidential' && secret === false && jwks === null,
  },
  {
    member: 'grants',
    message: 'Passwords are typed into programs of the same house only: first_party.',
    applies: ({ first_party, grants }) => !first_party && grants.includes('password'),
  },
];

export const ClientRegistrationRequest = Members.superRefine((registration, ctx) => {
  for (const [at, key] of (registration.jwks?.keys ?? []).entries()) {
    if (!isSound(key)) ctx.addIssue({ code: 'custom', path: ['jwks', 'keys', at], message: UNSOUND });
  }
  for (const { member, message, applies } of contradictions) {
    if (applies(registration)) ctx.addIssue({ code: 'custom', path: [member], message });
  }
})
  .meta({ id: 'ClientRegistration', examples: [registrationExample] })
  .transform(
    ({ first_party, cors_origins, access_token_seconds, secret, ...rest }): ClientRegistration => ({
      ...rest,
      hasSecret: secret,
      firstParty: first_party,
      corsOrigins: cors_origins,
      accessTokenSeconds: access_token_seconds,
    }),
  );
