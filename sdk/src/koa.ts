// koa.ts: protects what comes after it in a Koa app.

import { createGate, type ProtectOptions, type Refusal } from './verifier/admission.ts';
import { authorizationOf, type NodeRequest } from './verifier/bearer.ts';
import type { Verifier } from './verifier.ts';

/** What this needs of Koa's context. */
interface Context {
  readonly req: NodeRequest;
  // biome-ignore lint/suspicious/noExplicitAny: Koa leaves the type of its state to the app
  state: any;
  status: number;
  body: unknown;
  set(fields: Record<string, string>): void;
}

/** Puts the principal into `ctx.state.user`, and into `ctx.state.principal`, where it is called what it is. */
export function protect(verifier: Verifier, options: ProtectOptions = {}) {
  const admit = createGate(verifier, options);

  return async (ctx: Context, next: () => Promise<unknown>): Promise<void> => {
    const { principal, refusal } = await admit(() => authorizationOf(ctx.req));
    if (refusal) return refuse(ctx, refusal);
    ctx.state.principal = principal;
    ctx.state.user = principal;
    await next();
  };
}

function refuse(ctx: Context, { status, headers, body }: Refusal): void {
  ctx.status = status;
  ctx.set({ ...headers });
  ctx.body = body;
}
