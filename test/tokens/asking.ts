// test/tokens/asking.ts: services that ask about tokens, and an application that can keep a secret.
import type { ClientRegistration } from '../../src/clients/clients.ts';
import { INTROSPECTION_SCOPE } from '../../src/tokens/introspection.ts';
import { type Answer, PASSWORD, type Tokens } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { type Options, type RunningService, startService } from '../harness/service.ts';

/** Is meant by the tokens that are for nobody in particular: it has the audience that the deployment has. */
export const gateway: ClientRegistration = { ...backend, id: 'gateway', name: 'Gateway', scopes: [], audiences: [] };

/** May ask about everything, and is the audience of nothing. */
export const monitor: ClientRegistration = {
  ...backend,
  id: 'monitor',
  name: 'Monitor',
  scopes: [INTROSPECTION_SCOPE],
  audiences: ['https://monitor.example'],
};

/** An application of the house with a server of its own: people sign in through it, and it has tokens for itself. */
export const portal: ClientRegistration = {
  ...secondClient,
  id: 'portal',
  name: 'Portal',
  type: 'confidential',
  grants: ['password', 'refresh_token', 'client_credentials'],
  audiences: [],
};

export const everybody = [secondClient, backend, gateway, monitor, portal];

export const inactive = { active: false };

export async function startAsking(options: Options = {}) {
  return asking(await startService({ clients: everybody, ...options }));
}

export type AskingService = ReturnType<typeof asking>;

export function asking<Service extends Pick<RunningService, 'api' | 'secrets'>>(service: Service) {
  const { api, secrets } = service;

  /** The parameters with which it proves who it is; its name alone if it is public. */
  function proof({ id }: Pick<ClientRegistration, 'id'>): Record<string, string> {
    const secret = secrets[id];
    return { client_id: id, ...(secret !== undefined && { client_secret: secret }) };
  }

  const introspect = (token: string, caller = gateway, parameters: Record<string, string> = {}): Promise<Answer> =>
    api.form('/introspect', { token, ...parameters, ...proof(caller) });

  const revoke = (token: string, caller: ClientRegistration, parameters: Record<string, string> = {}) =>
    api.form('/revoke', { token, ...parameters, ...proof(caller) });

  /** What the caller is told of each, one after the other: so one connection to the database is enough. */
  async function tell(tokens: readonly string[], caller = gateway) {
    const told: Answer['body'][] = [];
    for (const token of tokens) told.push((await introspect(token, caller)).body);
    return told;
  }

  async function ownToken(client: ClientRegistration, parameters: Record<string, string> = {}): Promise<string> {
    const grant = { grant_type: 'client_credentials', ...parameters, ...proof(client) };
    return (await api.form('/token', grant)).body.access_token;
  }

  const signInThrough = (client: ClientRegistration, username: string): Promise<Tokens> =>
    api.signIn(username, proof(client));

  const refreshThrough = (client: ClientRegistration, refreshToken: string): Promise<Answer> =>
    api.form('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...proof(client) });

  const signUpThrough = async (client: ClientRegistration) => {
    const { user } = await api.signUp();
    return { user, tokens: await signInThrough(client, user.email), password: PASSWORD };
  };

  return { ...service, proof, introspect, revoke, tell, ownToken, signInThrough, signUpThrough, refreshThrough };
}

/** The header of the one who proves who it is by HTTP Basic (RFC 6749 section 2.3.1). */
export function basic(id: string, secret: string): { Authorization: string } {
  const encoded = [id, secret].map(encodeURIComponent).join(':');
  return { Authorization: `Basic ${btoa(encoded)}` };
}
