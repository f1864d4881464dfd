// A client that is refused does not learn by the time whether it is known.
import { expect, test, vi } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { recordStatements } from '../harness/statements.ts';
import { differencesOf } from '../harness/timing.ts';
import { visible } from '../harness/visible.ts';
import { basic } from './credentials.ts';

/** Of a request that is one look at the database and little else. */
const BOUND = 0.05;
/** Failures of a client from one network that become audit events, in an hour. They are written after the response. */
const RECORDED = 10;

async function start() {
  const service = await startService({ clients: [backend] });
  const { api } = service;
  const ask = (id: string) => api.form('/token', { grant_type: 'client_credentials' }, basic(id, 'a wrong secret'));
  return { service, unknown: () => ask('notes-nobody'), known: () => ask(backend.id) };
}

test('client: unknown and with a wrong secret, the database is asked the same', async () => {
  const { service, unknown, known } = await start();
  const statements = await recordStatements(service);
  for (let failures = 0; failures < RECORDED; failures += 1) {
    await known(); // what follows leaves no event
    await unknown();
  }
  const events = () => service.database.em.fork().count(AuditEvent, { type: 'client.authentication_failed' });
  await vi.waitFor(async () => expect(await events()).toBe(RECORDED));
  statements.length = 0;
  await known();
  const asked = statements.splice(0);
  expect(asked).not.toEqual([]);
  await unknown();
  expect(statements).toEqual(asked);
});

test('client: unknown and with a wrong secret, one answer after the same time', { timeout: 120_000 }, async () => {
  const { unknown, known } = await start();
  const refused = await known();
  expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(visible(await unknown())).toEqual(visible(refused));
  const differences = await differencesOf([unknown, known], BOUND);
  expect(Math.min(...differences), differences.join()).toBeLessThan(BOUND);
});
