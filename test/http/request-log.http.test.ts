import { expect, onTestFinished, test } from 'vitest';
import { bearer } from '../harness/api.ts';
import { onPostgres, startService } from '../harness/service.ts';
import { CANARY } from './failures.ts';
import { exchange } from './raw-socket.ts';

/** A service whose log is kept, and how to read it. */
async function startLogged() {
  const lines: string[] = [];
  const service = await startService({ onLog: (line) => lines.push(line) });
  const requests = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  return { ...service, lines, requests };
}

test('request log: one line a request, with what was called and what came of it', async () => {
  const { api, requests } = await startLogged();
  const answers = [
    await api.post('/signup', { email: 'ann@example.com', password: 'correct horse battery' }),
    await api.get('/livez'),
    await api.get('/me'),
    await api.form('/token', { grant_type: 'password', username: 'ann@example.com', password: 'wrong' }),
    await api.get('/nowhere'),
    await api.get('/token'),
    await api.send('OPTIONS', '/token'),
    await exchange(api.baseUrl, ['GET http://%zz@x/nowhere HTTP/1.1', 'Host: x', 'Connection: close']),
  ];
  expect(requests()).toMatchObject([
    { operationId: 'signUp', status: 201, durationMs: 0 },
    { operationId: 'getLiveness', status: 200 },
    { operationId: 'getMe', status: 401, failure: 'token_missing' },
    // More than the caller is told: the precise code.
    { operationId: 'createToken', status: 400, failure: 'credentials_wrong' },
    { status: 404, failure: 'not_found' },
    { status: 405, failure: 'method_not_allowed' },
    { status: 204 },
    { status: expect.any(Number) }, // a target that not everybody can read
  ]);
  expect(requests().map(({ requestId }) => requestId)).toEqual(
    answers.map(({ headers }) => headers.get('x-request-id')),
  );
});

const known = [
  ...['level', 'time', 'operationId', 'status', 'failure', 'durationMs', 'requestId', 'msg'],
  ...['network', 'userId', 'clientId'],
];

test('request log: a line has no member that a path, a query, a header or a body could be in', async () => {
  const { api, requests } = await startLogged();
  await api.get(`/me?${CANARY}=${CANARY}`);
  await api.send('POST', `/${CANARY}`, {
    body: CANARY,
    headers: { 'User-Agent': CANARY, Referer: `http://${CANARY}/` },
  });
  const members = requests().flatMap((line) => Object.keys(line));
  expect(members.filter((name) => !known.includes(name))).toEqual([]);
});

/** Makes an insert of a user fail with one of its values in the message. */
const quoteValues = onPostgres
  ? 'alter table users alter column given_name type integer using null'
  : 'create trigger quote before insert on users begin select raise(abort, new.given_name); end';

test('request log: no secret is in any line at any level, whether things go well or badly', async () => {
  const { api, database, lines } = await startLogged();
  const secret = { password: `${CANARY} pass word`, username: `${CANARY}@example.com` };
  const { tokens } = await api.signUp({ email: secret.username, password: secret.password, given_name: CANARY });
  const signedIn = await api.form('/token', { grant_type: 'password', ...secret });
  const next = await api.refresh(tokens.refresh_token, { key: CANARY });

  async function callEverything(): Promise<void> {
    await api.form('/token', { grant_type: 'password', ...secret });
    await api.form('/token', { grant_type: 'password', ...secret, password: `${CANARY} wrong` });
    await api.form(`/token?password=${CANARY}`, { grant_type: CANARY, client_secret: CANARY, client_id: CANARY });
    await api.form('/token', { grant_type: 'refresh_token', refresh_token: CANARY, scope: CANARY });
    await api.tryRefresh(tokens.refresh_token, { key: CANARY });
    await api.form('/token', secret, { Authorization: `Basic ${Buffer.from(`a:${CANARY}`).toString('base64')}` });
    await api.post('/signup', { email: secret.username, password: secret.password });
    await api.post('/signup', {
      email: `${lines.length}${secret.username}`,
      password: secret.password,
      given_name: CANARY,
    });
    await api.send('POST', '/signup', {
      body: `{"password":"${CANARY}`,
      headers: { 'Content-Type': 'application/json' },
    });
    await api.send('POST', '/token', { body: CANARY.repeat(2000), headers: { 'Content-Type': 'application/json' } });
    await api.send('GET', `/me?access_token=${next.access_token}`, { headers: { Cookie: `token=${CANARY}` } });
    await api.send('GET', '/me', { headers: bearer(CANARY) });
    await api.send('GET', '/me', { headers: bearer(next.access_token) });
    await api.form('/revoke', { token: `lkr_${CANARY}` });
    await api.post('/logout', { refresh_token: `lkr_${CANARY}` });
    await exchange(api.baseUrl, [`GET http://[${CANARY}/me?${CANARY} HTTP/1.1`, 'Host: x', 'Connection: close']);
  }

  await callEverything();
  await database.em.execute(quoteValues);
  await callEverything(); // a sign-up fails now, and the database says on which value
  await database.em.execute('drop table sessions');
  await callEverything(); // and so does a sign-in
  const log = lines.join('\n');
  expect(log).toContain('internal_error');
  for (const value of [
    CANARY,
    tokens.refresh_token,
    next.access_token,
    next.refresh_token,
    signedIn.body.access_token,
  ]) {
    expect(log).not.toContain(value);
  }
});

test('request log: what a caller sends cannot start a line of its own', async () => {
  const { api, lines } = await startLogged();
  const forged = '{"level":30,"msg":"request","status":200}';
  const fields = ['Host: x', 'Connection: close', `User-Agent: \u001B[2J${forged}`, `X-Request-Id: ${forged}`];
  await exchange(api.baseUrl, [`GET /%0A${encodeURIComponent(forged)} HTTP/1.1`, ...fields]);
  await exchange(api.baseUrl, ['GET /me HTTP/1.1', 'Host: x', 'Connection: close', `Referer: ${forged}`]);
  await api.form('/token', { grant_type: `x\n${forged}`, username: `\r\n${forged}` });
  for (const line of lines) expect(line.trimEnd()).not.toContain('\n');
  expect(lines.map((line) => JSON.parse(line)).filter(({ status }) => status === 200)).toEqual([]);
});

test('request log: nor does the runtime repeat a target in a warning of its own', async () => {
  const warnings: string[] = [];
  const note = (warning: Error) => warnings.push(String(warning));
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const { api } = await startLogged();
  const authorities = ['[::1', '[::1]:x', 'x:99999', 'a:b:c', 'x:y@z:w', '%zz', '%zz@x', '[', '\\'];
  const targets = [...authorities.map((authority) => `http://${authority}`), '//x@[::1', '//x@y:99999', '//x@a:b:c'];
  for (const target of targets) {
    const line = `GET ${target}/me?access_token=${CANARY}#${CANARY} HTTP/1.1`;
    await exchange(api.baseUrl, [line, 'Host: x', 'Connection: close']);
    await exchange(api.baseUrl, [line.replace('#', '&'), 'Host: x', 'Connection: close']);
  }
  expect(warnings.join('\n')).not.toContain(CANARY);
});
