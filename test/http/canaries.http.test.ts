// Every test that starts a service ends with a search for secrets. Here things leak, so that it is known to find them.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AuthError, OperatorError } from '../../src/errors.ts';
import { digest } from '../../src/platform/secrets.ts';
import { asserted, basic, claimsOf, newKey, sign } from '../clients/credentials.ts';
import { PASSWORD, type Tokens } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { codeIn } from '../harness/letters.ts';
import { type Options, type RunningService, startService } from '../harness/service.ts';

const ANN = 'ann@example.com';

/** What the search says, one line a leak; nothing if it finds nothing. */
async function findings({ stop }: RunningService): Promise<string[]> {
  const said = await stop().then(
    () => '',
    (error: Error) => error.message,
  );
  return said.split('\n').slice(1);
}

async function startWithAnn(options: Options = {}) {
  const service = await startService(options);
  const { tokens } = await service.api.signUp({ email: ANN });
  return { service, tokens };
}

test('canaries: a service that keeps its secrets, nothing is found', async () => {
  const { service, tokens } = await startWithAnn();
  await service.deliverMails();
  await service.api.refresh(tokens.refresh_token);
  expect(service.letters).toHaveLength(1);
  expect(await findings(service)).toEqual([]);
});

test('canaries: what was found once fails the test once, however often the service is stopped', async () => {
  const { service } = await startWithAnn();
  service.log.info(PASSWORD);
  expect(await findings(service)).toHaveLength(1);
  expect(await findings(service)).toEqual([]);
});

describe('a part that leaks', () => {
  test('canaries: a limiter whose error quotes the password, found in the log', async () => {
    const service = await startService({ limiter: () => Promise.reject(new Error(`Too often: ${PASSWORD}`)) });
    expect(await service.api.post('/signup', { email: ANN, password: PASSWORD })).toMatchObject({ status: 500 });
    expect(await findings(service)).toEqual([`password in the log: ${PASSWORD}`]);
  });

  test('canaries: a limiter whose refusal quotes the password, found in the error body', async () => {
    const fields = [{ pointer: '/password', code: 'invalid', detail: `Too often: ${PASSWORD}` }];
    const service = await startService({ limiter: () => Promise.reject(new AuthError('rate_limited', { fields })) });
    expect(await service.api.post('/signup', { email: ANN, password: PASSWORD })).toMatchObject({ status: 429 });
    expect(await findings(service)).toEqual([`password in an error answer: ${PASSWORD}`]);
  });

  test('canaries: a refusal that quotes the password in a challenge, found in the header section', async () => {
    const refusal = new AuthError('insufficient_scope', { scope: PASSWORD });
    const service = await startService({ limiter: () => Promise.reject(refusal) });
    await service.api.put('/me/password', { current_password: PASSWORD, new_password: PASSWORD });
    expect(await findings(service)).toEqual([`new_password in an error answer: ${PASSWORD}`]);
  });

  test('canaries: a mailer whose error is named after the letter, found in the log and in the outbox', async () => {
    const codes: string[] = [];
    const { service } = await startWithAnn({
      mailer: async (letter) => {
        codes.push(codeIn(letter));
        throw new OperatorError(`Not taken: ${letter.text}`);
      },
    });
    await service.deliverMails();
    const [code] = codes;
    expect(await findings(service)).toEqual([
      `one-time code in the log: ${code}`,
      `one-time code in the table outbox_mails: ${code}`,
    ]);
  });

  test('canaries: a mailer whose error quotes the letter where the service does not look, nothing is found', async () => {
    const { service } = await startWithAnn({ mailer: (letter) => Promise.reject(new Error(letter.text)) });
    await service.deliverMails();
    expect(await findings(service)).toEqual([]);
  });

  test('canaries: a row written with a token, found in its table', async () => {
    const { service, tokens } = await startWithAnn();
    await service.database.em.execute('update users set name = ?', [tokens.refresh_token]);
    expect(await findings(service)).toEqual([`refresh_token in the table users: ${tokens.refresh_token.slice(4)}`]);
  });

  test('canaries: a password within the JSON of a row, found in its table', async () => {
    const { service } = await startWithAnn();
    await service.api.post('/signup', { email: 'bob@example.com', password: 'say "friend" \\ enter' });
    await service.database.em.execute('update users set metadata = ?', [
      JSON.stringify({ old: ['say "friend" \\ enter'] }),
    ]);
    expect(await findings(service)).toEqual(['password in the table users: say "friend" \\ enter']);
  });

  test('canaries: a table that the service does not know, found in it', async () => {
    const { service } = await startWithAnn();
    await service.database.em.execute('create table leftovers (text varchar(100))');
    await service.database.em.execute('insert into leftovers (text) values (?)', [PASSWORD]);
    expect(await findings(service)).toEqual([`password in the table leftovers: ${PASSWORD}`]);
  });

  test('canaries: an address in the log, found whatever its case', async () => {
    const { service } = await startWithAnn();
    service.log.debug({ to: 'Ann@Example.com' }, 'a sign-up');
    expect(await findings(service)).toEqual([`e-mail address in the log: ${ANN}`]);
  });
});

/** What passes through a service, and then stands in its log. */
const passing: Record<string, (world: { service: RunningService; tokens: Tokens }) => Promise<string>> = {
  password: async () => PASSWORD,
  new_password: async ({ service, tokens }) => {
    const members = { current_password: PASSWORD, new_password: 'another horse battery' };
    await service.api.put('/me/password', members, tokens.access_token);
    return members.new_password;
  },
  'current_password, of a request that is refused': async ({ service }) => {
    await service.api.put('/me/password', { current_password: 'a third horse battery' });
    return 'a third horse battery';
  },
  'access_token, the signature alone': async ({ tokens }) => tokens.access_token.split('.')[2] ?? '',
  'access_token of the query': async ({ service }) => {
    const token = randomUUID();
    await service.api.get(`/me?access_token=${token}`);
    return token;
  },
  'refresh_token of an answer, without what all begin with': async ({ tokens }) => tokens.refresh_token.slice(4),
  'token that is revoked': async ({ service }) => {
    const token = randomUUID();
    await service.api.form('/revoke', { token });
    return token;
  },
  'client_secret of the body': async ({ service }) => {
    const client_secret = randomUUID();
    await service.api.form('/token', { grant_type: 'client_credentials', client_id: backend.id, client_secret });
    return client_secret;
  },
  'Authorization, the pair as it is sent': async ({ service }) => {
    const fields = basic(backend.id, randomUUID());
    await service.api.form('/token', { grant_type: 'client_credentials' }, fields);
    return fields.Authorization.slice('Basic '.length);
  },
  'Authorization, the secret of the pair': async ({ service }) => {
    const secret = `${randomUUID()} : ü`;
    await service.api.form('/token', { grant_type: 'client_credentials' }, basic(backend.id, secret));
    return secret;
  },
  'Authorization, of another scheme': async ({ service }) => {
    const secret = randomUUID();
    await service.api.send('GET', '/me', { headers: { Authorization: `Token ${secret}` } });
    return secret;
  },
  'client_assertion, the signature alone': async ({ service }) => {
    const assertion = await sign(await newKey('ES256'), claimsOf(service, backend.id));
    await service.api.form('/token', { grant_type: 'client_credentials', ...asserted(assertion) });
    return assertion.split('.')[2] ?? '';
  },
  'Idempotency-Key': async ({ service, tokens }) => {
    const key = randomUUID();
    await service.api.refresh(tokens.refresh_token, { key });
    return key;
  },
  'one-time code of a letter': async ({ service }) => {
    await service.deliverMails();
    return codeIn(service.letters[0]);
  },
  'one-time code that nobody was sent': async ({ service }) => {
    const code = randomUUID();
    await service.api.post('/email-verification/confirm', { code });
    return code;
  },
  'secret of the deployment': async ({ service }) => service.config.secrets[0] ?? '',
};

describe.each(Object.entries(passing))('%s', (_, pass) => {
  const spellings = { 'as it is': (secret: string) => secret, 'in a link': encodeURIComponent };

  test.each(Object.entries(spellings))(
    'canaries: what passes through and is logged, %s, is found',
    async (__, spell) => {
      const world = await startWithAnn();
      const secret = await pass(world);
      expect(secret.length).toBeGreaterThan(12);
      world.service.log.trace({ more: [{ text: `It was ${spell(secret)}.` }] });
      expect(await findings(world.service)).toContainEqual(expect.stringMatching(/ in the log: /));
    },
  );
});

describe('the development mailer', () => {
  const startDeveloping = (lines: string[]) => startWithAnn({ mailer: 'smtp', onLog: (line) => void lines.push(line) });

  /** The code in the only letter, which is a line of the log. */
  const codeOf = (lines: readonly string[]) =>
    codeIn(JSON.parse(lines.find((line) => line.includes('code=')) ?? '{"text":""}'));

  test('canaries: a letter that it prints is no leak', async () => {
    const lines: string[] = [];
    const { service } = await startDeveloping(lines);
    await service.deliverMails();
    expect(codeOf(lines)).not.toBe('');
    expect(await findings(service)).toEqual([]);
  });

  test('canaries: the code or the address in any other line or member is one', async () => {
    const lines: string[] = [];
    const { service } = await startDeveloping(lines);
    await service.deliverMails();
    const code = codeOf(lines);
    service.log.info({ text: code, to: ANN }, 'mails');
    service.log.info({ code }, 'mail');
    expect(await findings(service)).toEqual([`one-time code in the log: ${code}`, `e-mail address in the log: ${ANN}`]);
  });

  test('canaries: with a mailer of another kind, a line that only looks like its own is one', async () => {
    const { service } = await startWithAnn();
    service.log.info({ to: ANN, subject: '', text: PASSWORD }, 'mail');
    expect(await findings(service)).toEqual([`password in the log: ${PASSWORD}`, `e-mail address in the log: ${ANN}`]);
  });
});

describe('what is not looked for', () => {
  const harmless = {
    'is too short': 'horse77',
    'is the name of a member': 'refresh_token',
    'is a digest': digest('a code'),
  };

  test.each(Object.entries(harmless))('canaries: a password that %s', async (_, password) => {
    const { service } = await startWithAnn();
    await service.api.form('/token', { grant_type: 'password', username: 'nobody', password });
    service.log.info(password);
    await service.database.em.execute('update users set name = ?', [password]);
    expect(await findings(service)).toEqual([]);
  });

  test('canaries: a password that is part of an address, but in the log', async () => {
    const password = 'annabelle.smith';
    const service = await startService();
    await service.api.signUp({ email: `${password}@example.com` });
    await service.api.form('/token', { grant_type: 'password', username: 'nobody', password });
    service.log.info(password);
    expect(await findings(service)).toEqual([`password in the log: ${password}`]);
  });
});
