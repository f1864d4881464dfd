// fetch.ts: protects handlers that take a Request and give a Response: Next, Deno, Bun, workers.

import { createGate, type ProtectOptions } from './verifier/admission.ts';
import { refuse } from './verifier/refusal-response.ts';
import type { Principal, Requirements, Verifier } from './verifier.ts';

/** Null only where the options say that nobody has to be there. */
type Caller<Options> =
  MayBeTrue<Options extends { readonly optional?: infer Optional } ? Optional : false> extends true
    ? Principal | null
    : Principal;

type MayBeTrue<Value> = unknown extends Value ? false : true extends Value ? true : false;

/** The rest is what the runtime gives beside the request: parameters, bindings, a context. */
type Handler<Options, Rest extends unknown[]> = (
  request: Request,
  principal: Caller<Options>,
  ...rest: Rest
) => Response | Promise<Response>;

export function protect<Rest extends unknown[], const Options extends ProtectOptions = Requirements>(
  verifier: Verifier,
  handler: Handler<Options, Rest>,
  options?: Options,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const admit = createGate(verifier, options ?? {});

  return async (request, ...rest) => {
    const { principal, refusal } = await admit(() => request.headers.get('authorization') ?? undefined);
    if (refusal) return refuse(refusal);
    if (!isExpected(principal, options)) throw new Error('Nobody is there, and somebody has to be.');
    return handler(request, principal, ...rest);
  };
}

function isExpected<Options extends ProtectOptions>(
  principal: Principal | null,
  options: Options | undefined,
): principal is Caller<Options> {
  return principal !== null || options?.optional === true;
}
