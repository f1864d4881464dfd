// express.ts: protects what comes after it in an Express app.

import { createGate, type ProtectOptions, type Refusal } from './verifier/admission.ts';
import { authorizationOf, type NodeRequest } from './verifier/bearer.ts';
import type { Principal, Verifier } from './verifier.ts';

/** What this needs of Express's request. */
interface Request extends NodeRequest {
  auth?: Principal | null;
}

/** What this needs of Express's response, which is that of `node:http`. */
interface Response {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Puts the principal into `req.auth`. */
export function protect(verifier: Verifier, options: ProtectOptions = {}) {
  const admit = createGate(verifier, options);

  return async (request: Request, response: Response, next: (error?: unknown) => void): Promise<void> => {
    const admission = await admit(() => authorizationOf(request)).catch(next);
    if (!admission) return;
    if (admission.refusal) return refuse(response, admission.refusal);
    request.auth = admission.principal;
    next();
  };
}

function refuse(response: Response, { status, headers, body }: Refusal): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

/** `req.auth`, of which Express's types know nothing. Throws where `protect` has let nobody in. */
export function principalOf(request: object): Principal {
  const { auth }: { readonly auth?: Principal | null } = request;
  if (!auth) throw new Error('Nobody has been let in: protect() has to come first, and not be optional.');
  return auth;
}
