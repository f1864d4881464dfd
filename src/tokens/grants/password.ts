// tokens/grants/password.ts: first-party sign-in. RFC 9700 section 2.4 warns of this grant for third parties, and
// rightly so; here it is the login call of the deployment's own applications.
import type { SqlEntityManager } from '@mikro-orm/sql';
import { z } from 'zod';
import { type Client, takesPasswords } from '../../clients/client.ts';
import { AuthError } from '../../errors.ts';
import type { Origin } from '../../platform/origin.ts';
import { transact } from '../../platform/transaction.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { Authenticate } from '../../users/authenticate.ts';
import type { Users } from '../../users/users.ts';
import type { Scopes } from '../scope.ts';
import type { Issue } from '../token-answer.ts';
import { tokenRequestExamples } from '../token-examples.ts';
import { clientParameters, RememberMe, Resource, Scope } from './parameters.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly authenticate: Authenticate;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly scopes: Scopes;
  readonly issue: Issue;
}

/** No control or format characters: none is part of a name, and some make two names look alike. */
const LoginName = z
  .string()
  .max(320)
  .refine((name) => !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(name), 'This holds a character that no name has.');

export const PasswordRequest = z
  .object({
    grant_type: z.literal('password'),
    username: LoginName.describe('E-mail address or user name.'),
    password: z.string(),
    remember_me: RememberMe,
    ...clientParameters,
    scope: Scope,
    resource: Resource,
  })
  .meta({
    id: 'PasswordRequest',
    description: 'Sign in with a password. First-party clients only.',
    examples: [tokenRequestExamples.password],
  })
  .transform(({ grant_type: grantType, remember_me: remembered, ...rest }) => ({ grantType, remembered, ...rest }));

export function createPasswordGrant({ em, authenticate, users, sessions, scopes, issue }: Parts) {
  return async (request: z.output<typeof PasswordRequest>, client: Client, origin: Origin) => {
    const { remembered } = request;
    if (!takesPasswords(client)) throw new AuthError('unauthorized_client');
    const scope = await scopes.choose(request.scope, client);
    const audience = scopes.chooseAudience(request.resource, client);
    const user = await authenticate.signIn({ ...request, clientId: client.id, origin });
    const signIn = { userId: user.id, clientId: client.id, scope, remembered, amr: ['pwd'], origin };
    const session = await transact(em, async (tx) => {
      await users.markSignedIn(tx, user);
      return sessions.open(tx, signIn);
    });
    return issue.forSession({ session, roles: user.roles, client, scope, audience });
  };
}
