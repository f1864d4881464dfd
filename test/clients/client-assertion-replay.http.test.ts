// An assertion is good once: on SQLite for all requests of one instance, on PostgreSQL for those of all instances.
import { expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import type { Answer } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { newDurableDatabase, onPostgres, type RunningService, startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { asserted, basic, claimsOf, newKey, sign } from './credentials.ts';

const AT_ONCE = 20;
const { id } = backend;
const otherId = 'mail-service';

/** Two clients that share a key, and two services that share a database. */
async function start() {
  const key = await newKey('ES256');
  const jwks = { keys: [key.jwk] };
  const shared = { databaseUrl: await newDurableDatabase(), env: { ISSUER: 'http://localhost:3000' } };
  const clients = [
    { ...backend, jwks, hasSecret: true },
    { ...backend, id: otherId, jwks },
  ];
  const one = await startService({ ...shared, clients });
  const other = await startService({ ...shared, clock: one.clock });
  return { key, one, other };
}

function present({ api }: RunningService, assertion: string): Promise<Answer> {
  return api.form('/token', { grant_type: 'client_credentials', ...asserted(assertion) });
}

const expectRefused = (answer: Answer) => expectFailure(answer, 'oauth', 401, 'invalid_client');

test('assertion: a second time it is refused, here and on another instance', async () => {
  const { key, one, other } = await start();
  const assertion = await sign(key, claimsOf(one, id));
  expect(await present(one, assertion)).toMatchObject({ status: 200 });
  expectRefused(await present(one, assertion));
  expectRefused(await present(other, assertion));
});

test('assertion: a replay is recorded, at most ten times a minute; what was not signed by the client is not', async () => {
  const { key, one } = await start();
  const assertion = await sign(key, claimsOf(one, id));
  await present(one, assertion);
  expectRefused(await present(one, await sign(await newKey('ES256'), claimsOf(one, id))));
  const replays = () => one.database.em.fork().find(AuditEvent, { type: 'client.assertion_replayed' });
  expect(await replays()).toEqual([]);
  expectRefused(await present(one, assertion));
  expect(await replays()).toMatchObject([{ clientId: id, ip: '127.0.0.1', details: {} }]);
  for (let n = 0; n < 15; n += 1) expectRefused(await present(one, assertion));
  expect(await replays()).toHaveLength(10);
});

test('assertion: it is remembered for as long as its end is ahead', async () => {
  const { key, one, other } = await start();
  const claims = claimsOf(one, id);
  const assertion = await sign(key, { ...claims, exp: claims.iat + 300 });
  expect(await present(one, assertion)).toMatchObject({ status: 200 });
  for (const step of [{ seconds: 1 }, { minutes: 4 }, { seconds: 58 }, { seconds: 5 }]) {
    one.clock.advance(step);
    expectRefused(await present(one, assertion));
    expectRefused(await present(other, assertion));
  }
});

test('assertion: another one with the same jti is a second use', async () => {
  const { key, one } = await start();
  const claims = claimsOf(one, id);
  expect(await present(one, await sign(key, claims))).toMatchObject({ status: 200 });
  one.clock.advance({ seconds: 30 });
  expectRefused(await present(one, await sign(key, { ...claimsOf(one, id), jti: claims.jti })));
});

test('assertion: it is used up at every endpoint at once', async () => {
  const { key, one } = await start();
  const assertion = await sign(key, claimsOf(one, id));
  expect(await one.api.form('/introspect', { token: 'x', ...asserted(assertion) })).toMatchObject({ status: 200 });
  expectRefused(await present(one, assertion));
  expectRefused(await one.api.form('/revoke', { token: 'x', ...asserted(assertion) }));
});

test('assertion: the jti of one client is no hindrance to another', async () => {
  const { key, one } = await start();
  const { jti } = claimsOf(one, id);
  expect(await present(one, await sign(key, { ...claimsOf(one, id), jti }))).toMatchObject({ status: 200 });
  expect(await present(one, await sign(key, { ...claimsOf(one, otherId), jti }))).toMatchObject({ status: 200 });
});

test('assertion: of twenty uses at once one succeeds', async () => {
  const { key, one, other } = await start();
  const assertion = await sign(key, claimsOf(one, id));
  const services = onPostgres ? [one, other] : [one];
  const uses = Array.from({ length: AT_ONCE }, (_, at) => present(services[at % services.length] ?? one, assertion));
  const answers = await Promise.all(uses);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused).toHaveLength(AT_ONCE - 1);
  for (const answer of refused) expectRefused(answer);
});

test('assertion: what is kept of it is no help to whoever reads the database', async () => {
  const { key, one } = await start();
  const claims = claimsOf(one, id);
  const assertion = await sign(key, claims);
  await present(one, assertion);
  const dump = JSON.stringify(await one.database.em.execute('select * from used_assertions'));
  expect(dump).toContain(id);
  expect(dump).not.toContain(claims.jti);
  expect(dump).not.toContain(assertion);
});

test('assertion: a secret still works beside it', async () => {
  const { one } = await start();
  const headers = basic(id, one.secrets[id] ?? 'none');
  const answer = await one.api.form('/token', { grant_type: 'client_credentials' }, headers);
  expect(answer).toMatchObject({ status: 200 });
});
