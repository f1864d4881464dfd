import PostalMime from 'postal-mime';
import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { startService } from '../harness/service.ts';
import { outboxRows, statesOf } from './mails.ts';
import { closedPort, type Delivery, startScriptedServer, startSmtpServer } from './smtp-servers.ts';

const ANN = 'ann@example.com';
const MAIL_FROM = 'Example <no-reply@id.example>';

async function startWithSmtp(url: string) {
  const log: string[] = [];
  const env = { SMTP_URL: url, MAIL_FROM };
  const service = await startService({ mailer: 'smtp', env, onLog: (line) => log.push(line) });
  const round = async (seconds: number) => {
    service.clock.advance({ seconds });
    await service.deliverMails();
  };
  return { ...service, lines: log, round };
}

const read = ({ message }: Delivery) => PostalMime.parse(message);

test('smtp: a sign-up brings a letter whose parts hold the same link, and its code proves the address', async () => {
  const { url, deliveries } = await startSmtpServer();
  const service = await startWithSmtp(url);
  const { tokens } = await service.api.signUp({ email: ANN });
  await service.round(0);
  const [delivery] = deliveries;
  if (!delivery) return expect.unreachable('Nothing arrived.');
  expect(delivery).toMatchObject({ from: 'no-reply@id.example', to: [ANN] });
  const { text = '', html = '', from, to, messageId } = await read(delivery);
  const [row] = await outboxRows(service);
  expect({ from, to, messageId }).toEqual({
    from: { name: 'Example', address: 'no-reply@id.example' },
    to: [{ name: '', address: ANN }],
    messageId: `<${row?.id}@localhost>`,
  });
  const code = codeIn({ text });
  expect(text).toContain(`\n${service.config.issuer}/demo/verify-email#code=${code}\n`);
  expect(/<a href="([^"]*)"/.exec(html)?.[1]).toBe(`${service.config.issuer}/demo/verify-email#code=${code}`);
  expect(await service.api.post('/email-verification/confirm', { code, password: PASSWORD })).toMatchObject({
    status: 204,
  });
  expect(await service.api.me(tokens.access_token)).toMatchObject({ email_verified: true });
});

test('smtp: letters for many people go to one each', async () => {
  const { url, deliveries } = await startSmtpServer();
  const service = await startWithSmtp(url);
  const people = Array.from({ length: 7 }, (_, index) => `o'user${index}+tag@x-y.example`);
  for (const email of people) await service.api.signUp({ email });
  await service.round(0);
  expect(deliveries.flatMap(({ to }) => to).sort()).toEqual(people);
  for (const delivery of deliveries) expect((await read(delivery)).to).toMatchObject([{ address: delivery.to[0] }]);
});

test('smtp: a server that is down at first and up later gets the letter once', async () => {
  const port = await closedPort();
  const service = await startWithSmtp(`smtp://127.0.0.1:${port}`);
  await service.api.signUp({ email: ANN });
  await service.round(0);
  await service.round(10);
  expect(await outboxRows(service)).toMatchObject([{ attempts: 2, last_error: 'ESOCKET' }]);
  const { deliveries } = await startSmtpServer({ port });
  await service.round(29);
  expect(deliveries).toEqual([]);
  await service.round(1);
  await service.round(100_000);
  expect(deliveries.map(({ to }) => to)).toEqual([[ANN]]);
  expect(await statesOf(service)).toEqual(['sent']);
});

test('smtp: a server that refuses with the address in its words tells the log nothing', async () => {
  const { url } = await startSmtpServer({
    onRcptTo: ({ address }, _, done) => done(Object.assign(new Error(`<${address}> unknown`), { responseCode: 550 })),
  });
  const service = await startWithSmtp(url);
  await service.api.signUp({ email: ANN });
  await service.round(0);
  expect(await statesOf(service)).toEqual(['dead']);
  expect(await outboxRows(service)).toMatchObject([{ last_error: 'EENVELOPE 550' }]);
  expect(service.lines.join('')).toContain('"mail given up"');
  expect(service.lines.join('')).not.toMatch(/ann@|unknown|code=/);
});

test('smtp: a server that hangs up in the middle of a letter gets it again', async () => {
  const { url, port, close } = await startScriptedServer({ message: 'hang up' });
  const service = await startWithSmtp(url);
  await service.api.signUp({ email: ANN });
  await service.round(0);
  expect(await outboxRows(service)).toMatchObject([{ attempts: 1, last_error: 'ECONNECTION', dead_at: null }]);
  await close();
  const { deliveries } = await startSmtpServer({ port });
  await service.round(10);
  expect(deliveries.map(({ to }) => to)).toEqual([[ANN]]);
});
