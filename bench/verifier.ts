// bench/verifier.ts: what it costs to verify a token with the kit, measured by a bare signature check of `node:crypto`.
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { createVerifier } from '../sdk/src/verifier.ts';

const ISSUER = 'https://id.example';
const AUDIENCE = 'https://orders.example';
/** So few that a round is over before the machine turns to something else. */
const CALLS = 40;
/** The bare check is 1. */
const BARS: Readonly<Record<string, number>> = { 'the kit, a new token': 1.3, 'the kit, seen before': 0.1 };

type Check = (token: string) => unknown;
type Checks = Readonly<Record<string, Check>>;
type Samples = Map<string, number[]>;

async function makeToken(alg: string) {
  const pair = await generateKeyPair(alg, { extractable: true, modulusLength: 3072 });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: randomUUID(), alg, use: 'sig' };
  const person = { scope: 'orders:read', sid: randomUUID(), auth_time: 1_750_000_000, amr: ['pwd'], roles: ['clerk'] };
  const token = await new SignJWT({ client_id: 'first-party', ...person })
    .setProtectedHeader({ typ: 'at+jwt', alg, kid: jwk.kid })
    .setIssuer(ISSUER)
    .setSubject(randomUUID())
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('1h')
    .setJti(randomUUID())
    .sign(pair.privateKey);
  return { token, jwk };
}

const hashes: Readonly<Record<string, string | null>> = { ES256: 'sha256', RS256: 'sha256', Ed25519: null };
const parameters = { ES256: { name: 'ECDSA', hash: 'SHA-256' }, RS256: 'RSASSA-PKCS1-v1_5', Ed25519: 'Ed25519' };
type Algorithm = keyof typeof parameters;

const bytesOf = (token: string) => {
  const end = token.lastIndexOf('.');
  return { signed: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') };
};

function bareCheck(jwk: JWK, alg: Algorithm): Check {
  const { kty, crv, x, y, n, e } = jwk;
  const key = createPublicKey({ key: { kty, crv, x, y, n, e }, format: 'jwk' });
  const hash = hashes[alg] ?? null;
  const input = alg === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
  return (token) => {
    const { signed, signature } = bytesOf(token);
    return verify(hash, signed, input, signature);
  };
}

function subtleCheck(key: CryptoKey, alg: Algorithm): Check {
  return (token) => {
    const { signed, signature } = bytesOf(token);
    return crypto.subtle.verify(parameters[alg], key, signature, signed);
  };
}

function kit(jwk: JWK, maxCachedTokens: number): Check {
  const metadata = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks.json` };
  const fetch = async (url: string) => Response.json(url.endsWith('/jwks.json') ? { keys: [jwk] } : metadata);
  const { verify: check } = createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch, maxCachedTokens });
  return (token) => check(token, { scope: 'orders:read' });
}

async function checksFor(jwk: JWK, alg: Algorithm): Promise<Checks> {
  const key = await importJWK(jwk, alg);
  if (key instanceof Uint8Array) throw new Error('The key is not asymmetric.');
  const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: [alg] };
  return {
    'node:crypto, bare': bareCheck(jwk, alg),
    'Web Crypto, bare': subtleCheck(key, alg),
    'jose, jwtVerify': (token) => jwtVerify(token, key, options),
    'the kit, a new token': kit(jwk, 0),
    'the kit, seen before': kit(jwk, 1000),
  };
}

/** Each request brings the token in a string of its own, which nobody has hashed yet. */
function copiesOf(token: string): string[] {
  return Array.from({ length: CALLS }, () => Buffer.from(token).toString('latin1'));
}

/** Microseconds for one, of many. */
async function time(check: Check, token: string, inFlight: number): Promise<number> {
  const tokens = copiesOf(token);
  const work = async () => {
    for (let next = tokens.pop(); next !== undefined; next = tokens.pop()) {
      if (!(await check(next))) throw new Error('A good token has been refused.');
    }
  };
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: inFlight }, work));
  return Number(process.hrtime.bigint() - start) / 1000 / CALLS;
}

/**
 * By turns: whatever else the machine does meanwhile, it does to all of them. Each round begins with another one, for
 * what a check leaves behind in caches and threads costs the next.
 */
async function measure(alg: Algorithm, inFlight: number, rounds: number): Promise<Samples> {
  const { token, jwk } = await makeToken(alg);
  const checks = Object.entries(await checksFor(jwk, alg));
  const samples: Samples = new Map(checks.map(([name]) => [name, []]));
  for (let round = -20; round < rounds; round += 1) {
    checks.push(...checks.splice(0, Math.abs(round) % checks.length));
    for (const [name, check] of checks) {
      const microseconds = await time(check, token, inFlight);
      if (round >= 0) samples.get(name)?.push(microseconds); // before that, the code is compiled
    }
  }
  return samples;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** Ratios are those of one round: what slows a round down slows both. */
function ratioOf(samples: Samples, name: string): number {
  const bare = samples.get('node:crypto, bare') ?? [];
  return median((samples.get(name) ?? []).map((value, round) => value / (bare[round] ?? Number.NaN)));
}

function report(title: string, samples: Samples): boolean {
  process.stdout.write(`\n${title.padEnd(30)}${'µs'.padStart(10)}${'ratio'.padStart(10)}${'bar'.padStart(8)}\n`);
  const verdicts = [...samples].map(([name, values]) => {
    const [ratio, bar] = [ratioOf(samples, name), BARS[name]];
    const isMet = bar === undefined || ratio <= bar;
    const cells = [
      median(values).toFixed(1).padStart(10),
      ratio.toFixed(3).padStart(10),
      String(bar ?? '').padStart(8),
    ];
    process.stdout.write(`${name.padEnd(30)}${cells.join('')}${isMet ? '' : '  MISSED'}\n`);
    return isMet;
  });
  return verdicts.every(Boolean);
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
const verdicts: boolean[] = [];
for (const alg of ['ES256', 'RS256', 'Ed25519'] as const) {
  for (const inFlight of [1, 8]) {
    const samples = await measure(alg, inFlight, Number(values.rounds));
    verdicts.push(report(`${alg}, ${inFlight === 1 ? 'one by one' : `${inFlight} in flight`}`, samples));
  }
}
process.exitCode = verdicts.every(Boolean) ? 0 : 1;
