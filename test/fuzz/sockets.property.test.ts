// Bytes on a raw socket that are hardly HTTP, or are it in two ways at once.
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { startService } from '../harness/service.ts';
import { CANARY } from '../http/failures.ts';
import { answersIn, converse, type RawAnswer } from './conversation.ts';
import { isLong, runs, seed, timeout } from './settings.ts';
import { expectQuiet } from './soundness.ts';
import { createTally } from './tally.ts';
import { type Trick, trick } from './tricks.ts';

/** Some of these have to wait until the server has been silent for long enough. */
const messages = Math.ceil(runs / 8);

/** What Node answers by itself, before there is a request: without a body, and it hangs up. */
const ofNode = ['400', '408', '413', '417', '431'].map((status) => new RegExp(`^HTTP/1.1 ${status} [ \\w]+\r\n`));

function isOfNode({ head, body }: RawAnswer): boolean {
  return body === '' && ofNode.some((line) => line.test(head)) && !/x-request-id/i.test(head);
}

function expectSound(answer: RawAnswer, label: string): void {
  const { status, head, body } = answer;
  expect(status === 503 || (status >= 100 && status < 500), `${label}: ${status}`).toBe(true);
  expect(head + body, label).not.toContain(CANARY);
  if (status < 200 || isOfNode(answer)) return;
  expect(head.toLowerCase(), label).toContain('x-content-type-options: nosniff\r\n');
  expect(head.toLowerCase(), label).toContain(
    "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n",
  );
}

test('fuzz: no bytes break the service, and none is read as a message that was not sent', { timeout }, async ({
  task,
}) => {
  const log: string[] = [];
  const { api, endpoints } = await startService({ onLog: (line) => void log.push(line) });
  const tally = createTally();
  vi.spyOn(console, 'error').mockImplementation(() => {}); // found-stderr.test.ts

  async function send({ name, bytes, messages: expected }: Trick): Promise<void> {
    log.length = 0;
    const answers = answersIn(await converse(api.baseUrl, bytes)).filter(({ status }) => status !== 100);
    expect(answers.length, name).toBeLessThanOrEqual(expected);
    for (const answer of answers) {
      tally.count(answer.status, null);
      expectSound(answer, name);
    }
    expectQuiet(log, [], { body: null });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  }

  await fc.assert(fc.asyncProperty(trick(endpoints), send), { seed, numRuns: messages }).finally(() => {
    if (isLong) task.meta.summary = `fuzz: seed ${seed}, ${messages} sockets, ${tally.statuses()}`;
  });
  expect(await api.get('/livez')).toMatchObject({ status: 200 });
});
