import { expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../src/config.ts';

const good = {
  NODE_ENV: 'production',
  SECRETS: 'a secret that only the tests may know',
  ISSUER: 'https://id.example',
  SMTP_URL: 'smtp://mail.example',
  MAIL_FROM: 'Example <no-reply@id.example>',
  VERIFY_EMAIL_URL: 'https://app.example/verify-email#code={code}',
  RESET_PASSWORD_URL: 'https://app.example/reset-password#code={code}',
};

test('config: production takes a secret and an https issuer, and listens to everybody', () => {
  expect(parseConfig(good)).toMatchObject({ production: true, host: '0.0.0.0', issuer: 'https://id.example' });
});

test('config: production has no secret and no issuer of its own', () => {
  const parse = () => parseConfig({ NODE_ENV: 'production' });
  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(/SECRETS is required.*\n.*ISSUER is required/);
});

test.each([
  ['SECRETS', ''],
  ['SECRETS', 'x'.repeat(31)],
  ['SECRETS', `${'x'.repeat(32)},${'y'.repeat(31)}`],
  ['ISSUER', ''],
  ['ISSUER', 'http://id.example'],
  ['ISSUER', 'http://id.example:3000'],
  // names that anybody can own
  ['ISSUER', 'http://localhost.example'],
  ['ISSUER', 'http://localhost-id.example'],
  ['ISSUER', 'http://127.0.0.1.example'],
  ['SMTP_URL', ''],
  ['MAIL_FROM', ''],
  ['VERIFY_EMAIL_URL', ''],
  ['VERIFY_EMAIL_URL', 'http://app.example/verify-email#code={code}'],
  ['RESET_PASSWORD_URL', ''],
  ['RESET_PASSWORD_URL', 'http://app.example/reset-password#code={code}'],
  ['PASSWORD_HASH_MEMORY', '19455KiB'],
  ['PASSWORD_HASH_PASSES', '1'],
])('config: production refuses %s=%s', (name, value) => {
  expect(() => parseConfig({ ...good, [name]: value })).toThrow(
    expect.objectContaining({ problems: [expect.stringContaining(name)] }),
  );
});

test.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://localhost'])(
  'config: production can be tried out at %s',
  (issuer) => {
    expect(parseConfig({ ...good, ISSUER: issuer }).issuer).toBe(issuer);
  },
);

test('config: OWASP names the floor of hashing, and production may go above it', () => {
  const { passwords } = parseConfig({ ...good, PASSWORD_HASH_MEMORY: '46MiB', PASSWORD_HASH_PASSES: '3' });
  expect(passwords).toMatchObject({ memoryKiB: 47_104, passes: 3 });
});

const tlsOf = (env: Record<string, string>) => parseConfig({ ...good, ...env }).mail.requiresTls;

test.each([
  ['smtp://mail.example', true],
  ['smtps://mail.example', true],
  ['smtp://user:localhost@mail.example:25', true],
  ['smtp://localhost.example', true],
  ['smtp://10.0.0.1', true],
  ['smtp://localhost', false],
  ['smtp://LOCALHOST:25', false],
  ['smtp://127.0.0.1:25', false],
  ['smtp://127.8.8.8', false],
  ['smtp://user:password@[::1]:25', false],
])('config: in production, whether mails to %s need TLS: %s', (SMTP_URL, required) => {
  expect(tlsOf({ SMTP_URL })).toBe(required);
  expect(tlsOf({ SMTP_URL, SMTP_TLS: 'off' })).toBe(false);
  expect(tlsOf({ SMTP_URL, SMTP_TLS: 'required' })).toBe(true);
  expect(tlsOf({ SMTP_URL, SMTP_TLS: 'off', NODE_ENV: 'development' })).toBe(false);
  expect(tlsOf({ SMTP_URL, NODE_ENV: 'development' })).toBe(false);
});

test.each([
  'smtp://mail.example?ignoreTLS=true',
  'smtp://mail.example?tls.rejectUnauthorized=false',
  'smtps://mail.example/?secure=false',
  'smtp://mail.example?requireTLS=false',
  'smtp://mail.example?proxy=http://127.0.0.1',
  'smtp://mail.example/relay',
  'smtp://mail.example#fragment',
  'smtp://user:p%zz@mail.example',
])('config: SMTP_URL=%s is refused, and not repeated', (SMTP_URL) => {
  const problems = [expect.stringMatching(/^SMTP_URL must be like /)];
  const parse = () => parseConfig({ ...good, SMTP_URL });
  expect(parse).toThrow(expect.objectContaining({ problems }));
  expect(parse).not.toThrow(expect.objectContaining({ message: expect.stringContaining(SMTP_URL) }));
});
