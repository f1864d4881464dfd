// bench/servers/verifier.ts: checks of one token, in turns: node:crypto and nothing else, jose, the kit. Prints microseconds as JSON.
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

interface KitOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly maxCachedTokens: number;
  readonly fetch: (url: string) => Promise<Response>;
}
type CreateVerifier = (options: KitOptions) => { readonly verify: (token: string) => Promise<unknown> };
type Check = (token: string) => unknown;

const ISSUER = 'https://id.example';
const AUDIENCE = 'https://orders.example';
/** So few that a round is over before the machine turns to something else. */
const CALLS = 40;
const WARM_UP = 20;

const kitModule = z.object({ createVerifier: z.custom<CreateVerifier>((value) => typeof value === 'function') });
const { createVerifier } = kitModule.parse({
  ...(await import(new URL('../../sdk/src/verifier.ts', import.meta.url).href)),
});

const pair = await generateKeyPair('ES256', { extractable: true });
const jwk = { ...(await exportJWK(pair.publicKey)), kid: randomUUID(), alg: 'ES256', use: 'sig' };
const token = await new SignJWT({ client_id: 'first-party', scope: 'orders:read', sid: randomUUID(), roles: ['clerk'] })
  .setProtectedHeader({ typ: 'at+jwt', alg: 'ES256', kid: jwk.kid })
  .setIssuer(ISSUER)
  .setSubject(randomUUID())
  .setAudience(AUDIENCE)
  .setIssuedAt()
  .setExpirationTime('1h')
  .setJti(randomUUID())
  .sign(pair.privateKey);

function bare(): Check {
  const { kty, crv, x, y } = jwk;
  const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  return (presented) => {
    const end = presented.lastIndexOf('.');
    const signature = Buffer.from(presented.slice(end + 1), 'base64url');
    return verify('sha256', Buffer.from(presented.slice(0, end)), { key, dsaEncoding: 'ieee-p1363' }, signature);
  };
}

function kit(maxCachedTokens: number): Check {
  const metadata = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks.json` };
  const fetch = async (url: string) => Response.json(url.endsWith('/jwks.json') ? { keys: [jwk] } : metadata);
  return createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch, maxCachedTokens }).verify;
}

/** Microseconds for one, of many. Each request brings the token in a string of its own, which nobody has hashed yet. */
async function time(check: Check): Promise<number> {
  const tokens = Array.from({ length: CALLS }, () => Buffer.from(token).toString('latin1'));
  const begun = process.hrtime.bigint();
  for (const one of tokens) if (!(await check(one))) throw new Error('A good token has been refused.');
  return Number(process.hrtime.bigint() - begun) / 1000 / CALLS;
}

const key = await importJWK(jwk, 'ES256');
const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'] };
const checks: [string, Check, number[]][] = [
  ['bare', bare(), []],
  ['jose', (presented) => jwtVerify(presented, key, options), []],
  ['kit', kit(0), []],
  ['kit, cached', kit(1000), []],
];

for (let round = -WARM_UP; round < Number(process.env.ROUNDS ?? 200); round += 1) {
  // Each round begins with another one: what a check leaves behind in caches and threads costs the next.
  checks.push(...checks.splice(0, Math.abs(round) % checks.length));
  for (const [, check, times] of checks) {
    const microseconds = await time(check);
    if (round >= 0) times.push(microseconds);
  }
}
const inOrder = checks.toSorted(([one], [other]) => one.localeCompare(other));
process.stdout.write(JSON.stringify(Object.fromEntries(inOrder.map(([name, , times]) => [name, times]))));
