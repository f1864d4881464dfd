// clients/guard.ts: finds out which client is calling, once, before the grant is looked at.
import { timingSafeEqual } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { AuthError } from '../errors.ts';
import type { Credentials, Guard } from '../http/guard.ts';
import { parse } from '../http/parse.ts';
import type { Logger } from '../platform/logger.ts';
import type { Origin } from '../platform/origin.ts';
import { digest } from '../platform/secrets.ts';
import type { Client } from './client.ts';
import { claimedClient, type createAssertionCheck } from './client-assertion.ts';
import type { Clients } from './clients.ts';
import { type ClientCredentials, ClientParameters, readCredentials } from './credentials.ts';
import type { SecretGuesses } from './secret-guesses.ts';

interface Parts {
  readonly em: SqlEntityManager;
  readonly audit: AuditLog;
  readonly log: Logger;
  readonly clients: Clients;
  readonly guesses: SecretGuesses;
  readonly checkAssertion: ReturnType<typeof createAssertionCheck>;
  /** Throws `rate_limited` when that client has asked too much. */
  readonly spend: (clientId: string) => Promise<void>;
}

/** The other ways of authenticating are members of the body, for which OpenAPI has no scheme. */
const requirements: Guard<Client>['requirements'] = [{ clientSecretBasic: [] }, {}];

export function createClientGuards({ em, audit, log, clients, guesses, checkAssertion, spend }: Parts) {
  async function identify({ authorization, parameters, origin }: Credentials): Promise<Client> {
    const members = parse(ClientParameters, await parameters());
    const credentials = readCredentials(authorization, members);
    if (credentials.method === 'none') return identifyPublic(credentials);
    const clientId = claimedId(credentials);
    if (clientId === null) throw refused(credentials);
    const guess = { clientId, ip: origin.ip };
    guesses.assertAllowed(guess);
    const client = await clients.find(clientId);
    if (!(await proves(credentials, client, origin)) || !client) {
      const isRecorded = await guesses.mayRecord(guess);
      if (isRecorded && client) void record(credentials, client, origin);
      await guesses.fail(guess);
      throw refused(credentials);
    }
    await guesses.succeed(guess);
    return client;
  }

  async function identifyPublic(credentials: ClientCredentials): Promise<Client> {
    const client = credentials.clientId === null ? clients.builtIn : await clients.find(credentials.clientId);
    if (client?.type !== 'public') throw refused(credentials);
    return client;
  }

  /** After the response, whose time would otherwise tell that there is such a client. */
  async function record({ method }: Proof, { id: clientId }: Client, origin: Origin): Promise<void> {
    try {
      await setImmediate();
      await audit.record(em, { type: 'client.authentication_failed', clientId, origin, details: { method } });
    } catch (err) {
      log.warn({ err, clientId }, 'a failed authentication of a client could not be recorded');
    }
  }

  /** An unknown client costs what a known one does. A public one that brings a secret is not what it says it is. */
  async function proves(credentials: Proof, client: Client | null, origin: Origin): Promise<boolean> {
    const keeper = client?.type === 'confidential' ? client : null;
    if (credentials.method === 'private_key_jwt')
      return keeper !== null && checkAssertion(credentials.assertion, keeper, origin);
    return isSecretOf(keeper?.secretDigests ?? [], credentials.secret);
  }

  const errors = ['invalid_client', 'rate_limited'] as const;
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

/** A secret or a signature, as opposed to a name alone. */
type Proof = Exclude<ClientCredentials, { readonly method: 'none' }>;

/** The client that a request claims to come from. Null if it names none, or two. */
function claimedId(credentials: Proof): string | null {
  const { clientId } = credentials;
  const claimed = credentials.method === 'private_key_jwt' ? claimedClient(credentials.assertion) : clientId;
  return (clientId ?? claimed) === claimed ? claimed : null;
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
