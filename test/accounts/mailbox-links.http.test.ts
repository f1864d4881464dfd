// Links in letters lead where the configuration says, whatever a request pretends about where it was sent.
import { describe, expect, test } from 'vitest';
import type { Letter } from '../../src/platform/mailer.ts';
import { codeIn } from '../harness/letters.ts';
import { exchange } from '../http/raw-socket.ts';
import { ANN, NEW_ADDRESS, startWithAnn } from './mailbox.ts';

const EVIL = 'evil.example';

const forged: Readonly<Record<string, readonly string[]>> = {
  Host: [`Host: ${EVIL}`],
  'Host with a port': [`Host: ${EVIL}:8443`],
  'X-Forwarded-Host': ['Host: localhost', `X-Forwarded-Host: ${EVIL}`],
  'X-Forwarded-Proto': ['Host: localhost', `X-Forwarded-Proto: ${EVIL}`, 'X-Forwarded-Ssl: on'],
  'X-Forwarded-Prefix': ['Host: localhost', `X-Forwarded-Prefix: //${EVIL}/`],
  Forwarded: ['Host: localhost', `Forwarded: for=${EVIL};host=${EVIL};proto=https`],
  'Origin and Referer': ['Host: localhost', `Origin: https://${EVIL}`, `Referer: https://${EVIL}/`],
  'all of them': [`Host: ${EVIL}`, `X-Forwarded-Host: ${EVIL}`, 'X-Forwarded-Proto: https', `Forwarded: host=${EVIL}`],
};

/** A link is in the text as it is, and in the HTML as the target of its only anchor. */
function expectLink(letter: Letter | undefined, link: string): void {
  const { text = '', html = '' } = letter ?? {};
  expect(text.match(/https?:\S+/g)).toEqual([link]);
  expect([...html.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, target]) => target)).toEqual([
    link.replaceAll('&', '&amp;'),
  ]);
  expect(JSON.stringify(letter)).not.toContain(EVIL);
}

const requests = [
  ['reset', '/password-reset', '/demo/reset-password#code='],
  ['verification', '/email-verification', '/demo/verify-email#code='],
] as const;

describe.each(requests)('%s', (name, path, page) => {
  const body = JSON.stringify({ email: ANN });
  const json = ['Content-Type: application/json', `Content-Length: ${body.length}`, 'Connection: close'];

  test(`${name}: a request that lies about its host, the link is the configured one`, async () => {
    const { api, config, newLetters, waitAnHour } = await startWithAnn();
    for (const [forgery, fields] of Object.entries(forged)) {
      waitAnHour();
      const answer = await exchange(api.baseUrl, [`POST ${path} HTTP/1.1`, ...fields, ...json], body);
      expect(answer.status, forgery).toBe(202);
      const [letter] = await newLetters();
      expectLink(letter, `${config.issuer}${page}${codeIn(letter)}`);
    }
  });

  test(`${name}: a target in absolute form, the link is the configured one`, async () => {
    const { api, config, newLetters, waitAnHour } = await startWithAnn();
    waitAnHour();
    const target = `http://${EVIL}${path}`;
    const answer = await exchange(api.baseUrl, [`POST ${target} HTTP/1.1`, `Host: ${EVIL}`, ...json], body);
    expect(answer.status).toBe(202);
    const [letter] = await newLetters();
    expectLink(letter, `${config.issuer}${page}${codeIn(letter)}`);
  });
});

test('e-mail change: a request that lies about its host, the link is the configured one', async () => {
  const { api, config, tokens, newLetters } = await startWithAnn();
  const headers = { 'X-Forwarded-Host': EVIL, 'X-Forwarded-Proto': EVIL, Forwarded: `host=${EVIL}` };
  const { status } = await api.send('PUT', '/me/email', {
    body: JSON.stringify({ email: NEW_ADDRESS, password: 'correct horse battery' }),
    headers: { ...headers, 'Content-Type': 'application/json', Authorization: `Bearer ${tokens.access_token}` },
  });
  expect(status).toBe(204);
  const letters = await newLetters();
  const letter = letters.find(({ to }) => to === NEW_ADDRESS);
  expectLink(letter, `${config.issuer}/demo/verify-email#code=${codeIn(letter)}`);
  expect(JSON.stringify(letters)).not.toContain(EVIL);
});

test('links: the configuration names other pages, every link leads to them', async () => {
  const { tokens, askReset, askVerification, changeEmail, newLetters } = await startWithAnn({
    env: {
      ISSUER: 'https://login.example',
      VERIFY_EMAIL_URL: 'https://app.example/welcome?from=mail&code={code}',
      RESET_PASSWORD_URL: 'https://app.example/reset/code={code}/now',
    },
  });
  await askVerification();
  const [verification] = await newLetters();
  expectLink(verification, `https://app.example/welcome?from=mail&code=${codeIn(verification)}`);
  await askReset();
  const [reset] = await newLetters();
  expectLink(reset, `https://app.example/reset/code=${codeIn(reset)}/now`);
  await changeEmail(tokens);
  const change = (await newLetters()).find(({ to }) => to === NEW_ADDRESS);
  expectLink(change, `https://app.example/welcome?from=mail&code=${codeIn(change)}`);
});

test('links: the code in the address of another page, works there', async () => {
  const { code, verify, resetCode, reset } = await startWithAnn({
    env: {
      VERIFY_EMAIL_URL: 'https://app.example/verify?code={code}',
      RESET_PASSWORD_URL: 'https://app.example/reset?code={code}',
    },
  });
  expect((await verify(code)).status).toBe(204);
  expect((await reset(await resetCode())).status).toBe(204);
});

test('links: what somebody calls himself, is in no letter', async () => {
  const { api, newLetters } = await startWithAnn();
  const names = { given_name: 'https://evil.example', family_name: '<a href="//evil.example">', name: 'evil.example' };
  await api.signUp({ email: 'eve@example.com', ...names });
  const [letter] = await newLetters();
  expect(letter?.to).toBe('eve@example.com');
  expect(JSON.stringify(letter)).not.toContain(EVIL);
});
