import { generateKeyPairSync, verify } from 'node:crypto';
import { compactVerify, createLocalJWKSet, exportJWK } from 'jose';
import { expect, test } from 'vitest';
import { signCompact } from '../../src/tokens/compact-jws.ts';

const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 3072 }),
  Ed25519: generateKeyPairSync('ed25519'),
} as const;

test.each(['ES256', 'RS256', 'Ed25519'] as const)(
  'compact jws: jose finds good what is signed here with %s',
  async (algorithm) => {
    const { publicKey, privateKey } = pairs[algorithm];
    const claims = { sub: 'ünïcödé', n: 1, list: ['a'] };
    const token = await signCompact(claims, 'at+jwt', { kid: 'one', algorithm, privateKey });
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: algorithm }] });
    const { payload, protectedHeader } = await compactVerify(token, keys, { algorithms: [algorithm] });
    expect(protectedHeader).toEqual({ typ: 'at+jwt', alg: algorithm, kid: 'one' });
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(claims);
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  },
);

/** R and S are numbers that can begin with zeros: of 2,000 signatures some 15 have one that is a byte short. */
test('compact jws: every ES256 signature is 64 bytes, and good, however short its numbers are', async () => {
  const { publicKey: key, privateKey } = pairs.ES256;
  const starts = new Set<number | undefined>();
  for (let n = 0; n < 2_000; n += 1) {
    const token = await signCompact({ n }, 'at+jwt', { kid: 'one', algorithm: 'ES256', privateKey });
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    starts.add(signature[0]).add(signature[32]);
    expect(signature).toHaveLength(64);
    const input = Buffer.from(token.slice(0, end));
    expect(verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  }
  expect(starts).toContain(0);
});
