// A key that no signature can be checked with. Whoever names its client in an assertion is not let in; that is no
// breakdown.
import { expect, test } from 'vitest';
import { startWithAdmin } from '../admin/administration.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { asserted } from './credentials.ts';

const grant = { grant_type: 'client_credentials' };

/** What is signed does not matter: the key is looked at first. */
function assertionFor(id: string, alg: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg })}.${part({ sub: id })}.AAAA`;
}

const unsound = [
  ['EC', 'ES256', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }],
  ['EC without a point', 'ES256', { kty: 'EC', crv: 'P-256' }],
  ['RSA', 'RS256', { kty: 'RSA', n: 'AA', e: 'AQAB' }],
  ['RSA of nothing', 'PS256', { kty: 'RSA' }],
  ['RSA of 512 bits', 'RS256', { kty: 'RSA', n: Buffer.alloc(64, 255).toString('base64url'), e: 'AQAB' }],
  ['OKP', 'EdDSA', { kty: 'OKP', crv: 'Ed25519', x: 'AA' }],
] as const;

test.each(unsound)('client key: an unsound one (%s) is not registered', async (_, __, jwk) => {
  const { admin } = await startWithAdmin();
  const client = { id: 'robot', name: 'Robot', type: 'confidential', grants: ['client_credentials'] };
  const answer = await admin.post('/admin/clients', { ...client, jwks: { keys: [jwk] } });
  expectFailure(answer, 'problem', 400, 'invalid_request');
  expect(answer.body.errors).toMatchObject([{ pointer: '/jwks/keys/0' }]);
});

test.each(unsound)(
  'client key: an unsound one (%s) that is there lets nobody in, and breaks nothing',
  async (_, alg, jwk) => {
    const { api } = await startService({ clients: [{ ...backend, id: 'robot', jwks: { keys: [jwk] } }] });
    const answer = await api.form('/token', { ...grant, ...asserted(assertionFor('robot', alg)) });
    expectFailure(answer, 'oauth', 401, 'invalid_client');
  },
);

test('client key: a client whose key is unsound is shown all the same', async () => {
  const [[, , jwk]] = unsound;
  const { admin } = await startWithAdmin({ clients: [{ ...backend, id: 'robot', jwks: { keys: [jwk] } }] });
  expect(await admin.get('/admin/clients/robot')).toMatchObject({ status: 200, body: { jwks: { keys: [jwk] } } });
  expect(await admin.get('/admin/clients')).toMatchObject({ status: 200 });
});
