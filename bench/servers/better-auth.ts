// bench/servers/better-auth.ts: better-auth with e-mail and password, the bearer and the jwt plugins, on a durable SQLite.
// The hash is the same as everybody's here; its own limits, logs and telemetry are off.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { bearer, jwt } from 'better-auth/plugins';
import { hash, verify } from './raw-hash.ts';
import { FOLDER, origin, serve } from './serve.ts';
import { openDurable } from './sqlite.ts';

const auth = betterAuth({
  baseURL: origin,
  secret: process.env.SECRET ?? randomBytes(32).toString('base64'),
  database: openDurable(join(FOLDER, 'better-auth.db')),
  telemetry: { enabled: false },
  logger: { level: 'error' },
  rateLimit: { enabled: false },
  emailAndPassword: {
    enabled: true,
    password: { hash, verify: ({ hash: stored, password }) => verify(stored, password) },
  },
  plugins: [bearer(), jwt({ jwks: { keyPairConfig: { alg: 'ES256' } }, jwt: { expirationTime: '5m' } })],
});

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
serve(toNodeHandler(auth));
