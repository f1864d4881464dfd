import { expect, test } from 'vitest';
import { isLocalSmtp, parseSmtpUrl } from '../../src/platform/smtp-url.ts';

test.each([
  ['smtp://mail.example', { host: 'mail.example', port: undefined, secure: false, auth: undefined }],
  ['smtps://mail.example:465/', { host: 'mail.example', port: 465, secure: true, auth: undefined }],
  [
    'smtp://mail%40id.example:p%40ss%3Aw%2Ford%25@mail.example:587',
    { host: 'mail.example', port: 587, secure: false, auth: { user: 'mail@id.example', pass: 'p@ss:w/ord%' } },
  ],
  ['smtp://user@mail.example', { host: 'mail.example', auth: { user: 'user', pass: '' } }],
  ['smtp://[::1]:25', { host: '::1', port: 25 }],
  ['smtp://[2001:db8::25]', { host: '2001:db8::25' }],
  ['smtp://bücher.example', { host: 'xn--bcher-kva.example' }],
])('smtp url: %s names its server', (url, server) => {
  expect(parseSmtpUrl(url)).toMatchObject(server);
});

test.each([
  ...[
    '',
    'mail.example',
    'http://mail.example',
    'smtp:',
    'smtp://',
    'smtp:///path',
    'smtp://:25',
    'smtp://mail.example:x',
  ],
  ...['smtp://mail.example?name=x', 'smtp://mail.example/x', 'smtp://mail.example#x', 'smtp://%zz@mail.example'],
])('smtp url: %s is none', (url) => {
  expect(parseSmtpUrl(url)).toBeNull();
  expect(isLocalSmtp(url)).toBe(false);
});
