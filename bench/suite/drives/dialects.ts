// bench/suite/drives/dialects.ts: who speaks how.
import { betterAuth } from './better-auth.ts';
import { type Dialect, jwksDrive } from './drive.ts';
import { latchkey } from './latchkey.ts';
import { oidc } from './oidc.ts';

export const dialects = {
  latchkey,
  oidc,
  'better-auth': betterAuth,
  koa: { jwks: jwksDrive('/') },
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
