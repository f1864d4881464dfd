// Wrong secrets of clients: how many are looked at, and how many are recorded.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';
import { expectFailure } from '../http/failures.ts';
import { asserted, basic } from './credentials.ts';

vi.setConfig({ testTimeout: 120_000 }); // hundreds of requests each

const HERE = '203.0.113.1';
const ELSEWHERE = '203.0.113.2';
const TRIES = 100;

async function start(env: Record<string, string> = {}) {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const service = await startService({
    clients: [backend, secondClient],
    env: { RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1', ...env },
  });
  const { api, clock, database, secrets } = service;

  const ask = (secret: string, from = HERE, id = backend.id) =>
    api.form('/token', { grant_type: 'client_credentials' }, { ...basic(id, secret), 'X-Forwarded-For': from });

  async function askOften(times: number, from = HERE, id = backend.id): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1) statuses.push((await ask(`wrong ${n}`, from, id)).status);
    return statuses;
  }

  function pass(seconds: number): void {
    clock.advance({ seconds });
    vi.setSystemTime(Date.now() + seconds * 1000);
  }

  /** Events are written after the response. */
  async function expectEvents(count: number): Promise<void> {
    const find = () => database.em.fork().count(AuditEvent, { type: 'client.authentication_failed' });
    await vi.waitFor(async () => expect(await find()).toBe(count));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await find()).toBe(count);
  }

  return { ...service, secret: secrets[backend.id] ?? '', ask, askOften, pass, expectEvents };
}

describe('client secrets: guessing', () => {
  test('stops after a hundred wrong ones from a network, and the right one is not looked at either', async () => {
    const { ask, askOften, secret, pass } = await start();
    expect(await askOften(TRIES)).toEqual(Array(TRIES).fill(401));
    const refusal = await ask('wrong');
    expectFailure(refusal, 'oauth', 429, 'temporarily_unavailable');
    expect(refusal.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect((await ask(secret)).status).toBe(429);
    expect((await ask(secret, ELSEWHERE)).status).toBe(200);
    pass(600);
    expect((await ask(secret)).status).toBe(200);
  });

  test('is stopped just the same for a client that is not there', async () => {
    const { ask, askOften } = await start();
    expect(await askOften(TRIES, HERE, 'nobody')).toEqual(Array(TRIES).fill(401));
    const unknown = await ask('wrong', HERE, 'nobody');
    await askOften(TRIES);
    expect(visible(await ask('wrong'))).toEqual(visible(unknown));
  });

  test('is counted in a row: the right secret from the same network begins anew', async () => {
    const { ask, askOften, secret } = await start();
    for (let round = 0; round < 3; round += 1) {
      expect(await askOften(TRIES - 1)).toEqual(Array(TRIES - 1).fill(401));
      expect((await ask(secret)).status).toBe(200);
    }
  });

  test('is counted on every path on which a client proves who it is', async () => {
    const { api, askOften, secret } = await start();
    await askOften(TRIES + 1);
    const headers = { ...basic(backend.id, secret), 'X-Forwarded-For': HERE };
    for (const path of ['/introspect', '/revoke']) {
      expect((await api.form(path, { token: 'x' }, headers)).status, path).toBe(429);
    }
  });

  test('does not hold up a public client, which has none', async () => {
    const { api, askOften } = await start();
    await askOften(TRIES + 1, HERE, secondClient.id);
    const parameters = { grant_type: 'refresh_token', refresh_token: 'none', client_id: secondClient.id };
    expect((await api.form('/token', parameters, { 'X-Forwarded-For': HERE })).status).toBe(400);
  });
});

describe('client secrets: what is recorded', () => {
  test('are ten failures in an hour of a client and a network, with the method', async () => {
    const { askOften, expectEvents, database, pass } = await start();
    await askOften(15);
    await expectEvents(10);
    await askOften(15, ELSEWHERE);
    await expectEvents(20);
    const [event] = await database.em.fork().findAll(AuditEvent, { orderBy: { id: 'asc' } });
    const { type, clientId, userId, ip, details } = event ?? {};
    expect({ type, clientId, userId, ip, details }).toEqual({
      type: 'client.authentication_failed',
      clientId: backend.id,
      userId: null,
      ip: HERE,
      details: { method: 'client_secret_basic' },
    });
    pass(3600);
    await askOften(1);
    await expectEvents(21);
  });

  test('are a hundred in an hour of a client, from any number of networks', async () => {
    const { ask, expectEvents } = await start();
    for (let n = 0; n < 120; n += 1) await ask('wrong', `198.51.100.${n}`);
    await expectEvents(100);
  });

  test('stays bounded where limits are off', async () => {
    const { askOften, expectEvents } = await start({ RATE_LIMITS: 'off' });
    expect(await askOften(120)).toEqual(Array(120).fill(401));
    await expectEvents(10);
  });

  test('are the other methods too, and nothing of a client that is not there or brings no secret', async () => {
    const { api, askOften, expectEvents, database } = await start();
    await askOften(5, HERE, 'nobody');
    const grant = { grant_type: 'client_credentials' };
    await api.form('/token', { ...grant, client_id: backend.id });
    await expectEvents(0);
    await api.form('/token', { ...grant, client_id: backend.id, client_secret: 'wrong' });
    const claims = Buffer.from(JSON.stringify({ sub: backend.id })).toString('base64url');
    await api.form('/token', { ...grant, ...asserted(`eyJhbGciOiJFUzI1NiJ9.${claims}.AAAA`) });
    await expectEvents(2);
    const events = await database.em.fork().findAll(AuditEvent, { orderBy: { id: 'asc' } });
    expect(events.map(({ details }) => details.method)).toEqual(['client_secret_post', 'private_key_jwt']);
  });
});
