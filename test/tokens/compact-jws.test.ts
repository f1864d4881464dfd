import { generateKeyPairSync } from 'node:crypto';
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
