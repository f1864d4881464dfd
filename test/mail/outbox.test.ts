import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';
import { outboxRows, statesOf } from './mails.ts';

const ANN = 'ann.o_leary@example.com';
const OLD = 'an older secret that only the tests may know';
const NEW = 'a newer secret that only the tests may know';

test('outbox: a sign-up leaves an account and its mail, and nothing has been sent by then', async () => {
  const service = await startService();
  await service.api.signUp({ email: ANN });
  expect(await outboxRows(service)).toMatchObject([{ kind: 'email_verification', attempts: 0 }]);
  expect(service.letters).toEqual([]);
  await service.deliverMails();
  expect(service.letters).toMatchObject([{ to: ANN }]);
});

test('outbox: a sign-up that fails after its mail was written leaves neither', async () => {
  const service = await startService();
  const { api, database } = service;
  await database.em.execute('alter table sessions rename to sessions_elsewhere');
  expect(await api.post('/signup', { email: ANN, password: PASSWORD })).toMatchObject({ status: 500 });
  await database.em.execute('alter table sessions_elsewhere rename to sessions');
  expect(await outboxRows(service)).toEqual([]);
  await service.deliverMails();
  expect(service.letters).toEqual([]);
  await api.signUp({ email: ANN });
  expect(await statesOf(service)).toEqual(['waiting']);
});

test('outbox: a sign-up whose mail cannot be written fails, and leaves no account', async () => {
  const { api, database } = await startService();
  await database.em.execute('alter table outbox_mails rename to outbox_mails_elsewhere');
  expect(await api.post('/signup', { email: ANN, password: PASSWORD })).toMatchObject({ status: 500 });
  await database.em.execute('alter table outbox_mails_elsewhere rename to outbox_mails');
  expect(await database.em.execute('select id from users')).toEqual([]);
});

test('outbox: a waiting mail can be read in no column, and a sent one has no content any more', async () => {
  const service = await startService();
  const { user } = await service.api.signUp({ email: ANN });
  const waiting = await outboxRows(service);
  expectUnreadable(waiting, [ANN, 'o_leary', 'example.com', user.id]);
  expect(waiting[0]?.sealed_content?.split('.')).toHaveLength(5); // compact JWE: RFC 7516 section 3.1

  await service.deliverMails();
  const code = codeIn(service.letters[0]);
  const sent = await outboxRows(service);
  expect(sent).toMatchObject([{ sealed_content: null, dedupe_key: null, next_attempt_at: null, last_error: null }]);
  expect(sent[0]?.sent_at).not.toBeNull();
  expectUnreadable(sent, [ANN, 'o_leary', 'example.com', user.id, code, 'code=', 'verify-email']);
  expect(JSON.stringify(await service.database.em.execute('select * from one_time_codes'))).not.toContain(code);
});

test('outbox: a mail that failed halfway is sealed as before, and its code is nowhere', async () => {
  const written: string[] = [];
  const mailer = async ({ text }: { text: string }) => {
    written.push(codeIn({ text }));
    throw new Error(text);
  };
  const service = await startService({ mailer });
  await service.api.signUp({ email: ANN });
  await service.deliverMails();
  expect(written).toHaveLength(1);
  const failed = await outboxRows(service);
  expect(failed).toMatchObject([{ attempts: 1, sealed_content: expect.any(String), last_error: 'Error' }]);
  expectUnreadable(failed, [ANN, 'o_leary', 'example.com', 'code=', ...written]);
});

test('outbox: the same address has the same key, another has another, and without the secret neither is found', async () => {
  const keysUnder = async (secret: string) => {
    const service = await startService({ env: { SECRETS: secret } });
    await service.api.signUp({ email: ANN });
    await service.api.signUp({ email: 'ben@example.com' });
    await service.api.post('/password-reset', { email: ANN.toUpperCase() });
    return (await outboxRows(service)).map((row) => [row.kind, row.recipient_key]);
  };
  const here = new Map((await keysUnder(OLD)).map(([kind, key], index) => [`${kind} ${index}`, key]));
  expect(here.get('password_reset 2')).toBe(here.get('email_verification 0'));
  expect(here.get('email_verification 1')).not.toBe(here.get('email_verification 0'));
  const there = (await keysUnder(NEW)).map(([, key]) => key);
  expect([...here.values()].filter((key) => there.includes(key))).toEqual([]);
});

test('outbox: a secret that is not the newest any more still opens its mails', async () => {
  const databaseUrl = await newDurableDatabase();
  const before = await startService({ databaseUrl, env: { SECRETS: OLD } });
  await before.api.signUp({ email: ANN });
  await before.stop();
  const after = await startService({ databaseUrl, env: { SECRETS: `${NEW},${OLD}` } });
  await after.deliverMails();
  expect(after.letters).toMatchObject([{ to: ANN }]);
});

const ring = { SECRETS: `${NEW},${OLD}` };

/** On a database with a mail that the newer secret has sealed, which is then taken out of the ring. */
async function startWithoutItsSecret() {
  const databaseUrl = await newDurableDatabase();
  const first = await startService({ databaseUrl, env: { SECRETS: OLD } }); // which seals the keys that sign
  await first.stop();
  const before = await startService({ databaseUrl, env: ring });
  await before.api.signUp({ email: ANN });
  await before.stop();
  const log: string[] = [];
  const onLog = (line: string) => log.push(line);
  const service = await startService({ databaseUrl, clock: before.clock, env: { SECRETS: OLD }, onLog });
  return { ...service, lines: log };
}

test('outbox: a mail whose secret has left the ring is tried again, and goes out once the secret is back', async () => {
  const without = await startWithoutItsSecret();
  const { databaseUrl, clock } = without;
  await without.deliverMails();
  expect(without.letters).toEqual([]);
  expect(await outboxRows(without)).toMatchObject([{ attempts: 1, dead_at: null }]);
  await without.stop();

  clock.advance({ seconds: 10 });
  const again = await startService({ databaseUrl, clock, env: ring });
  await again.deliverMails();
  expect(again.letters).toMatchObject([{ to: ANN }]);
});

test('outbox: of a mail whose secret has left the ring, the operator is told what is wrong', async () => {
  const { deliverMails, lines } = await startWithoutItsSecret();
  await deliverMails();
  expect(lines.join('')).toContain('No secret in SECRETS opens this mail.');
});

/** In no column as it is, nor in what somebody without the key can decode of it. */
function expectUnreadable(rows: readonly object[], secrets: readonly string[]): void {
  const columns = rows.flatMap((row) => Object.values(row).map(String));
  const decoded = columns.flatMap((text) => text.split('.').map((part) => Buffer.from(part, 'base64').toString()));
  expect(columns.length).toBeGreaterThan(0);
  for (const secret of secrets)
    expect([...columns, ...decoded].join('\n').toLowerCase()).not.toContain(secret.toLowerCase());
}
