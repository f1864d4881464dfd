// clients/guard.ts: finds out which client is calling, once, before the grant is looked at.
import { timingSafeEqual } from 'node:crypto';
import { AuthError } from '../errors.ts';
import type { Credentials, Guard } from '../http/guard.ts';
import { parse } from '../http/parse.ts';
import { digest } from '../platform/secrets.ts';
import type { Client } from './client.ts';
import { claimedClient, type createAssertionCheck } from './client-assertion.ts';
import type { Clients } from './clients.ts';
import { type ClientCredentials, ClientParameters, readCredentials } from './credentials.ts';

interface Parts {
  readonly clients: Clients;
  readonly checkAssertion: ReturnType<typeof createAssertionCheck>;
  /** Throws `rate_limited` when that client has asked too much. */
  readonly spend: (clientId: string) => Promise<void>;
}

/** The other ways of authenticating are members of the body, for which OpenAPI has no scheme. */
const requirements: Guard<Client>['requirements'] = [{ clientSecretBasic: [] }, {}];

export function createClientGuards({ clients, checkAssertion, spend }: Parts) {
  async function identify({ authorization, parameters }: Credentials): Promise<Client> {
    const members = parse(ClientParameters, await parameters());
    const credentials = readCredentials(authorization, members);
    const client = await find(credentials);
    if (!(await proves(credentials, client)) || !client) throw refused(credentials);
    return client;
  }

  async function find(credentials: ClientCredentials): Promise<Client | null> {
    if (credentials.method === 'none' && credentials.clientId === null) return clients.builtIn;
    const claimed =
      credentials.method === 'private_key_jwt' ? claimedClient(credentials.assertion) : credentials.clientId;
    if (claimed === null || (credentials.clientId ?? claimed) !== claimed) return null;
    return clients.find(claimed);
  }

  /** An unknown client costs what a known one does. A public one that brings a secret is not what it says it is. */
  async function proves(credentials: ClientCredentials, client: Client | null): Promise<boolean> {
    if (credentials.method === 'none') return client?.type === 'public';
    const keeper = client?.type === 'confidential' ? client : null;
    if (credentials.method === 'private_key_jwt')
      return keeper !== null && checkAssertion(credentials.assertion, keeper);
    return isSecretOf(keeper?.secretDigests ?? [], credentials.secret);
  }

  const errors = ['invalid_client'] as const;
  const name = ({ id: clientId }: Client) => ({ clientId });

  /** Any client, public ones by their name alone. */
  const anyClient: Guard<Client> = { requirements, errors, admit: identify, name };

  /** A client that has proved who it is. */
  const confidentialClient: Guard<Client> = {
    requirements,
    errors,
    async admit(credentials) {
      const client = await identify(credentials).catch(challenge);
      if (client.type === 'public') throw new AuthError('invalid_client', { scheme: 'Basic' });
      await spend(client.id);
      return client;
    },
    name,
  };

  return { anyClient, confidentialClient };
}

function isSecretOf(digests: readonly string[], secret: string): boolean {
  const presented = Buffer.from(digest(secret), 'hex');
  return digests.filter((known) => timingSafeEqual(Buffer.from(known, 'hex'), presented)).length > 0;
}

/** Where a proof is needed, it is said how to bring one, whatever was brought (RFC 9110 section 15.5.2). */
function challenge(error: unknown): never {
  if (error instanceof AuthError && error.code === 'invalid_client')
    throw new AuthError('invalid_client', { scheme: 'Basic' });
  throw error;
}

/** RFC 6749 section 5.2: whoever tried the header is answered in its terms. */
function refused({ method }: ClientCredentials): AuthError {
  return new AuthError('invalid_client', method === 'client_secret_basic' ? { scheme: 'Basic' } : {});
}
