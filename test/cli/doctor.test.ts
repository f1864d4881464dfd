import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { latchkeyWith } from '../harness/latchkey.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { startSmtpServer } from '../mail/smtp-servers.ts';

const SECRETS = 'q8Zt4vXn2LrJ7sWmE9bYc6GdKhUa1PfQxR0oTiNyVw3';

interface Finding {
  readonly check: string;
  readonly state: string;
  readonly detail: string;
}

async function examine(env: Record<string, string>) {
  const { stdout, stderr, code } = await latchkeyWith({ SECRETS, ...env }, ['doctor', '--json']);
  const findings: Finding[] = JSON.parse(stdout);
  return { code, stderr, states: Object.fromEntries(findings.map(({ check, state }) => [check, state])), findings };
}

/** Answers everything with that, at an address of its own. */
async function serve(body: object, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${port(server.address())}`;
}

function port(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

async function startSmtp(): Promise<string> {
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ password }, _, done) => done(password === 'right' ? null : new Error('No.'), { user: 'x' }),
  });
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  return `127.0.0.1:${port(listener.address())}`;
}

test('doctor: a service in good health', async () => {
  const databaseUrl = await newDurableDatabase();
  const { config, api } = await startService({ databaseUrl });
  const smtp = await startSmtp();
  const ISSUER = `http://localhost:${new URL(api.baseUrl).port}`;
  expect(config.issuer).toBe(ISSUER);
  const found = await examine({ DATABASE_URL: databaseUrl, ISSUER, SMTP_URL: `smtp://x:right@${smtp}` });
  expect(found).toMatchObject({
    code: 0,
    stderr: '',
    states: {
      ...{ secrets: 'ok', database: 'ok', keys: 'ok', issuer: 'ok', clock: 'ok', mail: 'ok' },
      ...{ proxies: 'ok', limits: 'ok' },
    },
  });
});

test('doctor: a secret that can be guessed, a database that waits for its migrations, nobody at the issuer', async () => {
  const found = await examine({
    DATABASE_URL: 'sqlite::memory:',
    SECRETS: 'abcabcabcabcabcabcabcabcabcabcabcabcabc',
    ISSUER: 'http://localhost:9',
  });
  expect(found).toMatchObject({ code: 1, states: { secrets: 'warning', database: 'warning', issuer: 'problem' } });
});

test('doctor: a database that is not there, and an SMTP server that does not let us in', async () => {
  const smtp = await startSmtp();
  const found = await examine({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    SMTP_URL: `smtp://x:wrong@${smtp}`,
  });
  expect(found).toMatchObject({ code: 1, states: { database: 'problem', mail: 'problem' } });
});

const mailOf = async (env: Record<string, string>) => {
  const { findings } = await examine({ DATABASE_URL: 'sqlite::memory:', ...env });
  return findings.find(({ check }) => check === 'mail');
};

test('doctor: whether mails are encrypted on their way', async () => {
  const here = await startSmtp();
  const login = 'x:right@';
  expect(await mailOf({ SMTP_URL: `smtp://${login}${here}` })).toMatchObject({
    state: 'ok',
    detail: expect.stringContaining('without TLS'),
  });
  // This machine, by an address that does not tell so.
  expect(await mailOf({ SMTP_URL: `smtp://${login}${here.replace('127.0.0.1', '0.0.0.0')}` })).toMatchObject({
    state: 'warning',
    detail: expect.stringContaining('offers no TLS'),
  });
  expect(await mailOf({ SMTP_URL: `smtp://${login}${here}`, SMTP_TLS: 'required' })).toMatchObject({
    state: 'problem',
    detail: expect.stringContaining('SMTP_TLS=off'),
  });
});

test('doctor: a mail server with STARTTLS whose certificate is trusted, and one whose certificate is not', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' });
  const SMTP_URL = (await startSmtpServer({ key, cert, disabledCommands: [] })).url.replace('127.0.0.1', 'localhost');
  const untrusted = { state: 'problem', detail: expect.stringContaining('certificate') };
  expect(await mailOf({ SMTP_URL })).toMatchObject(untrusted);
  expect(await mailOf({ SMTP_URL, SMTP_TLS: 'required' })).toMatchObject(untrusted);
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, cert]);
  onTestFinished(() => setDefaultCACertificates(before));
  const trusted = { state: 'ok', detail: expect.stringContaining('over TLS') };
  expect(await mailOf({ SMTP_URL })).toMatchObject(trusted);
  expect(await mailOf({ SMTP_URL, SMTP_TLS: 'required' })).toMatchObject(trusted);
});

test('doctor: an issuer that says it is another, is none, or has another time', async () => {
  const other = await serve({ issuer: 'https://elsewhere.example' });
  expect((await examine({ DATABASE_URL: 'sqlite::memory:', ISSUER: other })).findings).toContainEqual({
    check: 'issuer',
    state: 'problem',
    detail: expect.stringContaining('says that it is https://elsewhere.example'),
  });
  const none = await serve([]);
  expect((await examine({ DATABASE_URL: 'sqlite::memory:', ISSUER: none })).states.issuer).toBe('problem');
});

test('doctor: a proxy that nobody has told the service of', async () => {
  const databaseUrl = await newDurableDatabase();
  const { api } = await startService({ databaseUrl });
  const { user } = await api.signUp();
  for (let n = 0; n < 49; n += 1) await api.signIn(user.email);
  const { findings } = await examine({ DATABASE_URL: databaseUrl });
  expect(findings).toContainEqual({
    check: 'proxies',
    state: 'warning',
    detail: expect.stringContaining('all came from 127.0.0.1'),
  });
});

test('doctor: limits that are off, and a Redis that does not answer', async () => {
  const off = await examine({ DATABASE_URL: 'sqlite::memory:', RATE_LIMITS: 'off' });
  expect(off.states.limits).toBe('warning');
  const away = await examine({ DATABASE_URL: 'sqlite::memory:', REDIS_URL: 'redis://127.0.0.1:9' });
  expect(away).toMatchObject({ code: 1, states: { limits: 'problem' } });
});
