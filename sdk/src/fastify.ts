// fastify.ts: protects routes of a Fastify app.

import { createGate, type ProtectOptions } from './verifier/admission.ts';
import { authorizationOf, type NodeRequest } from './verifier/bearer.ts';
import type { Principal, Verifier } from './verifier.ts';

/** What this needs of Fastify's request. */
interface Request {
  readonly raw: NodeRequest;
  auth?: Principal | null;
}

/** What this needs of Fastify's reply. */
interface Reply {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: string): unknown;
}

interface App {
  decorateRequest(name: 'auth', value: null): unknown;
}

/** A plugin: requests have `auth` from the start, and everywhere in the app. */
export async function requestAuth(app: App): Promise<void> {
  app.decorateRequest('auth', null);
}

// Fastify shuts a plugin's decorators in, unless it says that it is for the whole app.
Object.assign(requestAuth, { [Symbol.for('skip-override')]: true });

/** A hook, for `onRequest`. Puts the principal into `request.auth`. */
export function protect(verifier: Verifier, options: ProtectOptions = {}) {
  const admit = createGate(verifier, options);

  return async (request: Request, reply: Reply): Promise<unknown> => {
    const { principal, refusal } = await admit(() => authorizationOf(request.raw));
    request.auth = principal;
    if (!refusal) return;
    reply.code(refusal.status);
    reply.headers({ ...refusal.headers });
    reply.send(refusal.body);
    return reply;
  };
}

/** `request.auth`, of which Fastify's types know nothing. Throws where `protect` has let nobody in. */
export function principalOf(request: object): Principal {
  const { auth }: { readonly auth?: Principal | null } = request;
  if (!auth) throw new Error('Nobody has been let in: the route needs protect(), and not as optional.');
  return auth;
}
