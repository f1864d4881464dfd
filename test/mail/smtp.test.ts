import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import PostalMime from 'postal-mime';
import { generate } from 'selfsigned';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSmtpMailer, isRefusedForGood, type Letter } from '../../src/platform/mailer.ts';
import { parseEmailAddress } from '../../src/users/email-address.ts';
import { FROM, letter, startScriptedServer, startSmtpServer } from './smtp-servers.ts';

const patient = () => AbortSignal.timeout(20_000);

function send(url: string, changes: Partial<Letter> = {}): Promise<void> {
  return createSmtpMailer({ url, requiresTls: false, from: FROM, domain: 'id.example' })(
    { ...letter, ...changes },
    patient(),
  );
}

function sendOverTls(url: string): Promise<void> {
  return createSmtpMailer({ url, requiresTls: true, from: FROM, domain: 'id.example' })(letter, patient());
}

test('smtp: a letter arrives once, whole, from whom and for whom it says', async () => {
  const { url, deliveries } = await startSmtpServer();
  await send(url);
  expect(deliveries).toMatchObject([{ from: FROM.address, to: [letter.to] }]);
  const parsed = await PostalMime.parse(deliveries[0]?.message ?? '');
  expect(parsed).toMatchObject({
    from: FROM,
    to: [{ address: letter.to, name: '' }],
    subject: letter.subject,
    messageId: `<${letter.id}@id.example>`,
  });
  expect([parsed.cc, parsed.bcc, parsed.replyTo, parsed.attachments]).toEqual([undefined, undefined, undefined, []]);
  expect(parsed.headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }));
  expect(parsed.text?.trimEnd()).toBe(letter.text.trimEnd());
  expect(parsed.html?.trimEnd()).toBe(letter.html);
});

test('smtp: a long link is the same in both parts, and no line is longer than a server must take', async () => {
  const link = `https://id.example/${'long-path/'.repeat(120)}#code=${'x_Y-'.repeat(11)}=.&`;
  const { url, deliveries } = await startSmtpServer();
  await send(url, {
    text: `Zażółć\n\n${link}\n.\n..\nFrom here\n`,
    html: `<a href="${link.replace('&', '&amp;')}">Go</a>`,
  });
  const message = deliveries[0]?.message ?? '';
  for (const line of message.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998); // RFC 5322 2.1.1
  const { text, html } = await PostalMime.parse(message);
  expect(text?.trimEnd()).toBe(`Zażółć\n\n${link}\n.\n..\nFrom here`);
  expect(html?.trimEnd()).toBe(`<a href="${link.replace('&', '&amp;')}">Go</a>`);
});

test('smtp: a subject with line breaks stays one header field', async () => {
  const { url, deliveries } = await startSmtpServer();
  await send(url, { subject: 'Żółty\r\nBcc: eve@evil.example\r\n\r\nhello' });
  const { headers, bcc, text } = await PostalMime.parse(deliveries[0]?.message ?? '');
  expect([bcc, headers.filter(({ key }) => key === 'bcc')]).toEqual([undefined, []]);
  expect(text?.trimEnd()).toBe(letter.text.trimEnd());
  expect(deliveries[0]?.to).toEqual([letter.to]);
});

test.each([
  "o'brien+tag@example.com",
  'a.b@x-y.example',
  'Ann.Smith@example.com',
  `!#$%&'*+/=?^_\`{|}~-@example.com`,
  `${'a'.repeat(64)}@example.com`,
])('smtp: %s is the one recipient, byte for byte', async (to) => {
  const { url, deliveries, lines } = await startSmtpServer();
  await send(url, { to });
  expect(lines().filter((line) => line.startsWith('RCPT'))).toEqual([`RCPT TO:<${to}>`]);
  expect(deliveries.map((delivery) => delivery.to)).toEqual([[to]]);
  expect(await PostalMime.parse(deliveries[0]?.message ?? '')).toMatchObject({ to: [{ address: to }] });
});

test.each([
  ['Ann.Smith@Example.COM', 'Ann.Smith@example.com'],
  ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@faß.example', 'ann@xn--fa-hia.example'],
  ['ann@例え。テスト', 'ann@xn--r8jz45g.xn--zckzah'],
  ['jörg@bücher.example', 'jörg@bücher.example'],
  ['用户@example.com', '用户@example.com'],
])('smtp: for %s the server is told %s', async (to, told) => {
  const { url, deliveries, lines } = await startSmtpServer();
  await send(url, { to });
  expect(lines().filter((line) => line.startsWith('RCPT'))).toEqual([`RCPT TO:<${told}>`]);
  expect(deliveries).toHaveLength(1);
  expect(parseEmailAddress(told)?.canonical).toBe(parseEmailAddress(to)?.canonical);
  const isAscii = /^[ -~]*$/.test(told);
  expect(lines().some((line) => line.startsWith('MAIL') && line.endsWith(' SMTPUTF8'))).toBe(!isAscii); // RFC 6531
});

test('smtp: user and password of the URL are what the server is told', async () => {
  const logins: unknown[] = [];
  const { port, deliveries } = await startSmtpServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) => {
      logins.push([username, password]);
      done(null, { user: username });
    },
  });
  await send(`smtp://mail%40id.example:p%40ss%3Aw%2Ford%25@127.0.0.1:${port}`);
  expect(logins).toEqual([['mail@id.example', 'p@ss:w/ord%']]);
  expect(deliveries).toHaveLength(1);
});

test('smtp: a login that is refused delivers nothing, and is not the end of the letter', async () => {
  const { port, deliveries } = await startSmtpServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_, __, done) => done(Object.assign(new Error('Invalid'), { responseCode: 535 })),
  });
  const error = await send(`smtp://user:wrong@127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'EAUTH', responseCode: 535 });
  expect([isRefusedForGood(error), deliveries]).toEqual([false, []]);
});

/** A certificate for this machine that nobody has vouched for. */
async function newCertificate() {
  const name = [{ name: 'commonName', value: 'localhost' }];
  const { private: key, cert } = await generate(name, { keyType: 'ec', algorithm: 'sha256' });
  return { key, cert };
}

function trust(certificate: string): void {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificate]);
  onTestFinished(() => setDefaultCACertificates(before));
}

test.each([
  ['smtps', { secure: true }],
  ['smtp', { disabledCommands: [] }],
])(
  'smtp: over %s:// a certificate nobody vouches for ends the conversation before anything is said',
  async (scheme, tls) => {
    const certificate = await newCertificate();
    const logins: unknown[] = [];
    const onAuth: NonNullable<Parameters<typeof startSmtpServer>[0]>['onAuth'] = (auth, _, done) => {
      logins.push(auth);
      done(null, { user: 'user' });
    };
    const { port, deliveries, lines } = await startSmtpServer({ ...certificate, ...tls, onAuth });
    const url = `${scheme}://user:password@localhost:${port}`;
    const error = await send(url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(isRefusedForGood(error)).toBe(false);
    expect([deliveries, logins]).toEqual([[], []]);
    expect(lines().join('\n')).not.toMatch(/AUTH|MAIL FROM|RCPT|ann@/);

    trust(certificate.cert);
    await send(url);
    expect(deliveries).toMatchObject([{ to: [letter.to] }]);
    expect(logins).toMatchObject([{ username: 'user', password: 'password' }]);
    expect(lines().join('\n')).not.toMatch(/AUTH|MAIL FROM|RCPT|ann@/);
  },
);

test('smtp: smtps:// says nothing to a server that knows no TLS', async () => {
  const { port, deliveries, lines } = await startSmtpServer();
  await expect(send(`smtps://user:password@127.0.0.1:${port}`)).rejects.toThrow();
  expect(deliveries).toEqual([]);
  expect(lines().join('\n')).not.toMatch(/EHLO|AUTH|MAIL|ann@/);
});

describe('smtp: where TLS is required', () => {
  test('a server that offers no STARTTLS is told no login, no address and no letter', async () => {
    const logins: unknown[] = [];
    const { port, deliveries, lines } = await startSmtpServer({
      allowInsecureAuth: true,
      onAuth: (auth, _, done) => {
        logins.push(auth);
        done(null, { user: 'user' });
      },
    });
    const url = `smtp://user:password@127.0.0.1:${port}`;
    const error = await sendOverTls(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ETLS' });
    expect(isRefusedForGood(error)).toBe(false); // the letter waits until the operator has mended it
    expect([deliveries, logins]).toEqual([[], []]);
    expect(lines().join('\n')).not.toMatch(/AUTH|MAIL FROM|RCPT|ann@/);
    await send(url);
    expect(deliveries).toHaveLength(1);
  });

  test.each([
    ['smtps', { secure: true }],
    ['smtp', { disabledCommands: [] }],
  ])('a server that is spoken to over %s:// gets the letter, over TLS only', async (scheme, tls) => {
    const certificate = await newCertificate();
    trust(certificate.cert);
    const { port, deliveries, lines } = await startSmtpServer({ ...certificate, ...tls });
    await sendOverTls(`${scheme}://localhost:${port}`);
    expect(deliveries).toMatchObject([{ to: [letter.to] }]);
    expect(lines().join('\n')).not.toMatch(/MAIL FROM|RCPT|ann@/);
  });

  test('a server that speaks no EHLO, and one that refuses STARTTLS, get no letter', async () => {
    const old = await startScriptedServer({ EHLO: '502 what?', HELO: '250 hello' });
    await expect(sendOverTls(old.url)).rejects.toThrow();
    const busy = await startScriptedServer({ EHLO: '250-mail.example\r\n250 STARTTLS', STARTTLS: '454 not now' });
    await expect(sendOverTls(busy.url)).rejects.toMatchObject({ code: 'ETLS' });
    await expect(send(busy.url)).rejects.toMatchObject({ code: 'ETLS' });
  });

  test('a certificate is checked though NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { port, deliveries } = await startSmtpServer({ ...(await newCertificate()), secure: true });
    await expect(sendOverTls(`smtps://localhost:${port}`)).rejects.toThrow();
    expect(deliveries).toEqual([]);
  });
});
