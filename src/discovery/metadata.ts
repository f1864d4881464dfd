// discovery/metadata.ts: what the service says about itself (RFC 8414 section 2).
import { z } from 'zod';
import { grantTypes } from '../clients/client.ts';
import { assertionAlgorithms } from '../clients/client-assertion.ts';

export const ServerMetadata = z
  .object({
    issuer: z.string(),
    token_endpoint: z.string(),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    revocation_endpoint: z.string(),
    token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
    revocation_endpoint_auth_methods_supported: z.array(z.string()),
    revocation_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
    introspection_endpoint: z.string(),
    introspection_endpoint_auth_methods_supported: z.array(z.string()),
    introspection_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
    userinfo_endpoint: z.string(),
    jwks_uri: z.string(),
    grant_types_supported: z.array(z.string()),
    response_types_supported: z.array(z.string()).describe('Empty: there is no authorization endpoint.'),
    scopes_supported: z.array(z.string()),
    subject_types_supported: z.array(z.string()),
    id_token_signing_alg_values_supported: z
      .array(z.string())
      .describe('The algorithms of our JWTs. OpenID Connect libraries take from here which ones to accept.'),
  })
  .meta({ id: 'ServerMetadata', description: 'RFC 8414 authorization server metadata.' });

interface Facts {
  readonly issuer: string;
  readonly algorithms: readonly string[];
  readonly scopes: readonly string[];
}

const confidentialMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

/** Made from configuration alone: no header of a request can change a URL in it. */
export function serverMetadata({ issuer, algorithms, scopes }: Facts): z.input<typeof ServerMetadata> {
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    token_endpoint_auth_methods_supported: ['none', ...confidentialMethods],
    token_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    revocation_endpoint: `${issuer}/revoke`,
    revocation_endpoint_auth_methods_supported: ['none', ...confidentialMethods],
    revocation_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    introspection_endpoint: `${issuer}/introspect`,
    introspection_endpoint_auth_methods_supported: [...confidentialMethods],
    introspection_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: [...grantTypes],
    response_types_supported: [],
    scopes_supported: [...scopes],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...algorithms],
  };
}
