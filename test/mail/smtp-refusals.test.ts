import { expect, test } from 'vitest';
import { createSmtpMailer, isRefusedForGood } from '../../src/platform/mailer.ts';
import { closedPort, FROM, letter, type Step, startScriptedServer, startSmtpServer } from './smtp-servers.ts';

/** What sending the letter rejects with. */
async function failureAt(url: string, signal = AbortSignal.timeout(20_000)): Promise<unknown> {
  const mailer = createSmtpMailer({ url, requiresTls: false, from: FROM, domain: 'id.example' });
  return mailer(letter, signal).then(
    () => expect.unreachable('The letter was sent.'),
    (error: unknown) => error,
  );
}

const answering = (responseCode: number) => Object.assign(new Error(`<${letter.to}> is not welcome`), { responseCode });

test.each([
  [550, true],
  [553, true],
  [450, false],
  [452, false],
])('smtp: a recipient refused with %i, for good: %s', async (code, forGood) => {
  const { url, deliveries } = await startSmtpServer({ onRcptTo: (_, __, done) => done(answering(code)) });
  const error = await failureAt(url);
  expect(error).toMatchObject({ code: 'EENVELOPE', responseCode: code });
  expect([isRefusedForGood(error), deliveries]).toEqual([forGood, []]);
});

test.each([
  [554, true],
  [552, true],
  [451, false],
])('smtp: a message refused after its last line with %i, for good: %s', async (code, forGood) => {
  const { url } = await startSmtpServer({
    onData: (stream, _, done) => void stream.resume().on('end', () => done(answering(code))),
  });
  const error = await failureAt(url);
  expect(error).toMatchObject({ code: 'EMESSAGE', responseCode: code });
  expect(isRefusedForGood(error)).toBe(forGood);
});

test.each<[Step, string, boolean]>([
  ['connect', '554 no service here', false],
  ['connect', '421 come back later', false],
  ['EHLO', '421 come back later', false],
  ['MAIL', '451 come back later', false],
  ['MAIL', '421 come back later', false],
  ['RCPT', '421 come back later', false],
  ['RCPT', '550-no\r\n550 such user', true],
  ['DATA', '554 no valid recipients', true],
  ['DATA', '451 come back later', false],
  ['message', '421 come back later', false],
  ['message', '554 looks like spam', true],
])('smtp: at %s a server answers "%s", for good: %s', async (step, answer, forGood) => {
  const { url } = await startScriptedServer({ [step]: answer });
  const error = await failureAt(url);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ responseCode: Number(answer.slice(0, 3)) });
  expect(isRefusedForGood(error)).toBe(forGood);
});

test.each(['530 5.7.0 Authentication required', '550 5.7.1 Not your address to send from'])(
  'smtp: a server that does not let us send, "%s", is ours to mend, and is not the end of the letter',
  async (answer) => {
    const { url } = await startScriptedServer({ MAIL: answer });
    const error = await failureAt(url);
    expect(error).toMatchObject({ responseCode: Number(answer.slice(0, 3)) });
    expect(isRefusedForGood(error)).toBe(false);
  },
);

test.each<Step>(['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'message'])(
  'smtp: a server that hangs up at %s has not refused anything for good',
  async (step) => {
    const { url } = await startScriptedServer({ [step]: 'hang up' });
    const error = await failureAt(url);
    expect(error).toBeInstanceOf(Error);
    expect(isRefusedForGood(error)).toBe(false);
  },
);

test.each<Step>(['connect', 'EHLO', 'RCPT', 'DATA', 'message'])(
  'smtp: a server that says nothing at %s is given up when time is up',
  async (step) => {
    const { url, untilReached } = await startScriptedServer({ [step]: 'silence' });
    const time = new AbortController();
    const failure = failureAt(url, time.signal);
    await untilReached(step);
    time.abort();
    const error = await failure;
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(isRefusedForGood(error)).toBe(false);
  },
);

test('smtp: time that runs out while a server is silent ends the conversation by itself', async () => {
  const { url } = await startScriptedServer({ connect: 'silence' });
  const error = await failureAt(url, AbortSignal.timeout(50));
  expect(error).toMatchObject({ name: 'AbortError' });
  expect(isRefusedForGood(error)).toBe(false);
});

test('smtp: no time left means no connection', async () => {
  const { url, connections } = await startScriptedServer();
  expect(await failureAt(url, AbortSignal.abort())).toBeInstanceOf(Error);
  expect(connections()).toBe(0);
});

test('smtp: a port where nobody listens has refused nothing for good', async () => {
  const error = await failureAt(`smtp://127.0.0.1:${await closedPort()}`);
  expect(error).toMatchObject({ code: 'ESOCKET' });
  expect(isRefusedForGood(error)).toBe(false);
});

test('smtp: a name that no server has is not a refusal for good', async () => {
  const error = await failureAt('smtp://mail.invalid:2525');
  expect(error).toBeInstanceOf(Error);
  expect(isRefusedForGood(error)).toBe(false);
});

test.each([null, undefined, 'EENVELOPE', { code: 'EENVELOPE', responseCode: 550 }, new Error('550')])(
  'smtp: %s is no refusal for good',
  (thrown) => expect(isRefusedForGood(thrown)).toBe(false),
);
