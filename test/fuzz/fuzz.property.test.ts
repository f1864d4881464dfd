// Every operation of the contract, found by walking the endpoints, with input made from its own schemas and then harmed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { createContractCheck } from '../harness/contract-check.ts';
import { exchange } from '../http/raw-socket.ts';
import { type Message, messageTo } from './inputs.ts';
import { heapUsed } from './memory.ts';
import { isLong, missable, runs, seed, timeout } from './settings.ts';
import { expectQuiet, expectSound, isTooLarge } from './soundness.ts';
import { createTally } from './tally.ts';
import { toBytes } from './wire.ts';
import { openWorld } from './world.ts';

/** What a service may come to hold for good while it is tried. */
const TOLERANCE_BYTES = 32 * 1024 * 1024;

/** What is behind a path makes it another, of which no operation knows. Behind a query it is more of the query. */
const pathTail = ({ query, tail }: Message) => (query.length > 0 ? '' : tail);
const formOf = (message: Message, { failures }: Endpoint) =>
  /^([?#]|$)/.test(pathTail(message)) ? failures : 'problem';

/** Without the thumbprints of keys, which the log names. */
const secretsOf = (real: ReadonlyMap<string, string>) =>
  [...real].flatMap(([name, value]) => (/\bkey$/.test(name) ? [] : [value]));

async function start() {
  const log: string[] = [];
  const world = await openWorld({ onLog: (line) => void log.push(line) });
  const { api, config, endpoints, make, renew } = world;
  const check = createContractCheck(endpoints, config.issuer);
  const byName = new Map(endpoints.map((endpoint) => [endpoint.operationId, endpoint]));
  const tally = createTally();

  function endpointOf({ operationId }: Message): Endpoint {
    const endpoint = byName.get(operationId);
    if (!endpoint) throw new Error(`There is no operation ${operationId}.`);
    return endpoint;
  }

  async function send(message: Message): Promise<void> {
    const endpoint = endpointOf(message);
    const { lines, body, real } = await toBytes(message, endpoint, make);
    log.length = 0; // the world has been at work too
    const answer = await exchange(api.baseUrl, lines, body);
    const method = message.method ?? endpoint.method.toUpperCase();
    tally.count(answer.status, message.method === null ? message.operationId : null);
    if (isTooLarge(lines)) return expect(answer.status).toBe(431);
    expectSound(answer, formOf(message, endpoint), message.operationId);
    check(method, endpoint.path + pathTail(message), answer);
    expectQuiet(log, secretsOf(real), answer);
    if (answer.status === 401 || (answer.status < 300 && endpoint.method !== 'get')) renew([...real.keys()]);
  }

  return { ...world, send, tally };
}

test('fuzz: no message breaks the service, changes its voice or is repeated by it', { timeout }, async ({ task }) => {
  const { api, endpoints, send, tally } = await start();
  const message = fc.oneof(...endpoints.map(messageTo));
  const warm = Math.floor(runs / 2);
  let sent = 0;
  let heapBefore = 0;
  task.meta.summary = `fuzz: seed ${seed}, of ${runs} messages to operations none came to its end`;
  await fc
    .assert(
      fc.asyncProperty(message, async (one) => {
        if (isLong && sent === warm) heapBefore = heapUsed();
        sent += 1;
        await send(one);
      }),
      { seed, numRuns: runs },
    )
    .finally(() => {
      task.meta.summary = `fuzz: seed ${seed}, ${sent} messages to operations, ${tally.statuses()}`;
    });
  expect(await api.get('/livez')).toMatchObject({ status: 200 });
  expect(await api.get('/readyz')).toMatchObject({ status: 200 });
  if (isLong) expect(heapUsed() - heapBefore).toBeLessThan(TOLERANCE_BYTES);
  // Had nothing come through to the handlers, little would have been tried.
  const missed = tally.withoutSuccess(endpoints.map(({ operationId }) => operationId));
  expect(missed.length, `no 2xx of ${missed}`).toBeLessThanOrEqual(missable);
});
