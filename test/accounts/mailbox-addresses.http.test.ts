// Addresses that would have a mailer write to somebody else, or say what was not meant.
import { expect, test } from 'vitest';
import type { Answer } from '../harness/api.ts';
import { ANN, readTables, startWithAnn } from './mailbox.ts';

const hostile: Readonly<Record<string, string>> = {
  'a line break before a header field': `${ANN}\r\nBcc: eve@evil.example`,
  'a line feed alone': `${ANN}\nBcc: eve@evil.example`,
  'a carriage return alone': `${ANN}\rBcc: eve@evil.example`,
  'a line break in the local part': 'ann\r\nrcpt@example.com',
  'a line break in the domain': 'ann@exam\r\nple.com',
  'a line break at the end': `${ANN}\r\n`,
  'a NUL': `${ANN}\0.evil.example`,
  'two addresses with a comma': `${ANN},eve@evil.example`,
  'two addresses with a comma and a space': `${ANN}, eve@evil.example`,
  'two addresses with a semicolon': `${ANN};eve@evil.example`,
  'two addresses with a space': `${ANN} eve@evil.example`,
  'a comma in the local part': 'eve,ann@example.com',
  'a quoted local part': '"ann"@example.com',
  'a quoted local part that holds an address': '"eve@evil.example"@example.com',
  'a quoted local part with an address before it': '"eve@evil.example x"@example.com',
  'an escaped quote': '"ann\\"eve"@example.com',
  'a quote alone': 'ann"@example.com',
  'a backslash': 'ann\\@example.com',
  'a group': `friends: ${ANN}, eve@evil.example;`,
  'an empty group': 'undisclosed-recipients:;',
  'a display name': `Ann <${ANN}>`,
  'a quoted display name': `"Ann" <${ANN}>`,
  'angle brackets': `<${ANN}>`,
  'a display name that is an address': `eve@evil.example <${ANN}>`,
  'a comment': 'ann(eve@evil.example)@example.com',
  'a route': '<@evil.example:ann@example.com>',
  'two at signs': 'ann@evil.example@example.com',
  'a percent route of bytes': 'ann@example.com%0d%0aBcc:eve@evil.example',
  'an encoded word': '=?utf-8?q?eve=40evil.example=2C?= ann@example.com',
  'an address literal': 'ann@[127.0.0.1]',
  'an IP address': 'ann@127.0.0.1',
  'an invisible character': 'ann\u200b@example.com',
  'a turned writing direction': 'ann\u202e@example.com',
  'more than 320 characters': `ann@${'a'.repeat(60)}.${'b.'.repeat(140)}example`,
};

type Service = Awaited<ReturnType<typeof startWithAnn>>;

const ways: Readonly<Record<string, (service: Service, email: string) => Promise<Answer>>> = {
  reset: ({ askReset }, email) => askReset(email),
  verification: ({ askVerification }, email) => askVerification(email),
  'e-mail change': ({ changeEmail, tokens }, email) => changeEmail(tokens, email),
};

test.each(Object.entries(ways))(
  '%s: an address that could steer a mailer, is refused without a row',
  async (_, ask) => {
    const service = await startWithAnn();
    const before = await readTables(service);
    for (const [name, email] of Object.entries(hostile)) {
      const answer = await ask(service, email);
      expect(answer, name).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ pointer: '/email' }] },
      });
      expect(answer.text, name).not.toContain('evil');
      expect(await readTables(service), name).toEqual(before);
    }
    expect(await service.newLetters()).toEqual([]);
  },
);

const unusual = [
  "Ann.O'Neil@Example.COM",
  'ann+shop=1@example.com',
  '{ann}|/*?^%@example.com',
  'am\u00e9lie@b\u00fccher.example',
  '\u7528\u6237@\u4f8b\u5b50.example',
];

test.each(unusual)('reset: to %s, goes to the address byte by byte as it is stored', async (email) => {
  const service = await startWithAnn();
  const { user } = await service.api.signUp({ email });
  expect((await service.newLetters()).map(({ to }) => to)).toEqual([email]);
  await service.askReset(email.toUpperCase());
  const [letter] = await service.newLetters();
  const stored = await service.users.find(user.id);
  expect(stored?.email).toBe(email);
  expect(Buffer.from(letter?.to ?? '')).toEqual(Buffer.from(email));
});

test.each(unusual)('e-mail change: to %s, goes to the address byte by byte as it is stored', async (email) => {
  const service = await startWithAnn();
  const { changeEmail, newLetters, verify, codeTo } = service;
  await changeEmail(service.tokens, email);
  await verify(await codeTo(email));
  await newLetters();
  expect((await service.users.find(service.user.id))?.email).toBe(email);
  await service.askReset(email);
  expect((await newLetters()).map(({ to }) => to)).toEqual([email]);
});
