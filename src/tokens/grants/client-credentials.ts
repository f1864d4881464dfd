// tokens/grants/client-credentials.ts: a backend service gets a token of its own (RFC 6749 section 4.4).
import { z } from 'zod';
import type { Client } from '../../clients/client.ts';
import { AuthError } from '../../errors.ts';
import type { Scopes } from '../scope.ts';
import type { Issue } from '../token-answer.ts';
import { tokenRequestExamples } from '../token-examples.ts';
import { clientParameters, Resource, Scope } from './parameters.ts';

export const ClientCredentialsRequest = z
  .object({
    grant_type: z.literal('client_credentials'),
    ...clientParameters,
    scope: Scope,
    resource: Resource,
  })
  .meta({
    id: 'ClientCredentialsRequest',
    description: 'A confidential client asks for a token of its own.',
    examples: [tokenRequestExamples.client_credentials],
  })
  .transform(({ grant_type: grantType, ...rest }) => ({ grantType, ...rest }));

export function createClientCredentialsGrant({ scopes, issue }: { scopes: Scopes; issue: Issue }) {
  return async (request: z.output<typeof ClientCredentialsRequest>, client: Client) => {
    if (client.type === 'public') throw new AuthError('unauthorized_client');
    const scope = await scopes.choose(request.scope, client);
    return issue.forClient({ client, audience: scopes.chooseAudience(request.resource, client), scope });
  };
}
