// discovery/routes.ts: what other services need in order to verify our tokens and to call us.
import { z } from 'zod';
import { story } from '../examples.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { anyone } from '../http/guard.ts';
import { empty, json, ok, Ready, withHeaders } from '../http/reply.ts';
import type { PublishedKeys, SigningKeys } from '../keys/signing-keys.ts';
import { adminScopes } from '../roles/roles.ts';
import { ServerMetadata, serverMetadata } from './metadata.ts';

interface Parts {
  readonly issuer: string;
  readonly keys: SigningKeys;
  /** All that can be asked for today. */
  readonly scopes: () => Promise<readonly string[]>;
  readonly jwksMaxAgeSeconds: number;
}

/** The public key of RFC 7517 appendix A.1, under its thumbprint (RFC 7638). */
const jwkExample = {
  kty: 'EC',
  kid: story.kid,
  use: 'sig',
  alg: 'ES256',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};

const caching = {
  ETag: 'Names this set of keys.',
  'Cache-Control': 'How long it may be kept.',
};

/** The members that a public key has (RFC 7518 section 6, RFC 8037 section 2): a private one cannot slip out. */
const PublicJwk = z
  .object({
    kty: z.string(),
    kid: z.string(),
    use: z.string(),
    alg: z.string(),
    crv: z.string().optional(),
    x: z.string().optional(),
    y: z.string().optional(),
    n: z.string().optional(),
    e: z.string().optional(),
  })
  .meta({ id: 'PublicJwk', description: 'RFC 7517 section 4.', examples: [jwkExample] });

const Jwks = z
  .object({ keys: z.array(PublicJwk).min(1) })
  .meta({ id: 'Jwks', description: 'RFC 7517 section 5.', examples: [{ keys: [jwkExample] }] });

const metadataExample = serverMetadata({
  issuer: story.issuer,
  algorithms: [jwkExample.alg],
  scopes: [...adminScopes, story.scope],
});

export function discoveryEndpoints({ issuer, keys, scopes, jwksMaxAgeSeconds }: Parts): Endpoint[] {
  const cacheControl = `public, max-age=${jwksMaxAgeSeconds}`;

  const written = new WeakMap<PublishedKeys, Ready<z.input<typeof Jwks>>>();

  /** The same bytes for everybody, until the keys change. */
  function readyJwks(published: PublishedKeys): Ready<z.input<typeof Jwks>> {
    const ready = written.get(published) ?? new Ready(Jwks, Jwks.parse(published.jwks));
    written.set(published, ready);
    return ready;
  }

  const metadata = {
    method: 'get',
    tag: 'Discovery',
    guard: anyone,
    limit: 'none',
    failures: 'problem',
    isPublic: true,
    replies: { 200: json('The metadata.', ServerMetadata, { metadata: metadataExample }) },
    handle: async () => {
      const { algorithms } = keys.published();
      return ok(serverMetadata({ issuer, algorithms, scopes: await scopes() }), { 'Cache-Control': cacheControl });
    },
  } as const;

  return [
    endpoint({
      method: 'get',
      path: '/.well-known/jwks.json',
      operationId: 'getJwks',
      tag: 'Discovery',
      summary: 'The public keys that verify access tokens',
      guard: anyone,
      limit: 'none',
      failures: 'problem',
      isPublic: true,
      replies: {
        200: withHeaders(json('The keys.', Jwks), caching),
        304: withHeaders(empty('Nothing has changed since that ETag.'), caching),
      },
      handle: async () => {
        const published = keys.published();
        return ok(readyJwks(published), { ETag: published.etag, 'Cache-Control': cacheControl });
      },
    }),
    endpoint({
      ...metadata,
      path: '/.well-known/oauth-authorization-server',
      operationId: 'getServerMetadata',
      summary: 'What this server offers and where (RFC 8414)',
    }),
    endpoint({
      ...metadata,
      path: '/.well-known/openid-configuration',
      operationId: 'getOpenIdConfiguration',
      summary: 'The server metadata again, where most verifiers look (OpenID Connect Discovery)',
    }),
  ];
}
