// hono.ts: protects what comes after it in a Hono app.
import { createGate, type ProtectOptions } from './verifier/admission.ts';
import { refuse } from './verifier/refusal-response.ts';
import type { Principal, Verifier } from './verifier.ts';

/** What this needs of Hono's context. */
interface Context {
  readonly req: { readonly raw: Request };
  set(name: 'principal', value: Principal | null): void;
}

/** Puts the principal where `c.get('principal')` finds it. */
export function protect(verifier: Verifier, options: ProtectOptions = {}) {
  const admit = createGate(verifier, options);

  // biome-ignore lint/suspicious/noConfusingVoidType: this is how Hono types a middleware
  return async (c: Context, next: () => Promise<void>): Promise<Response | void> => {
    const { principal, refusal } = await admit(() => c.req.raw.headers.get('authorization') ?? undefined);
    if (refusal) return refuse(refusal);
    c.set('principal', principal);
    await next();
  };
}
