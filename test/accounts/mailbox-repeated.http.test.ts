// While a reset code is valid, every further request mails the same code: a stranger's request voids nothing.
import { expect, test } from 'vitest';
import { OneTimeCode } from '../../src/accounts/one-time-code.ts';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { startWithAdmin } from '../admin/administration.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { newDurableDatabase, type RunningService, startService } from '../harness/service.ts';
import { ANN, codeInvalid, NEW_PASSWORD, openMailbox, readTables, startWithAnn } from './mailbox.ts';

test('reset: asked for again while the code is valid, mails the same code until the same instant', async () => {
  const { clock, resetCode, reset, database } = await startWithAnn();
  const first = await resetCode();
  const expiry = () => database.em.fork().execute("select expires_at from one_time_codes where purpose like 'reset%'");
  const before = await expiry();
  clock.advance({ minutes: 29 });
  expect(await resetCode()).toBe(first);
  expect(await expiry()).toEqual(before);
  clock.advance({ seconds: 59 });
  expect((await reset(first)).status).toBe(204);
});

test('reset: asked for again, the letter says how long the code is still good', async () => {
  const { askReset, newLetters, clock } = await startWithAnn();
  const said: (string | undefined)[] = [];
  for (const seconds of [0, 10 * 60, 19 * 60 - 1, 30]) {
    clock.advance({ seconds });
    await askReset();
    const [letter] = await newLetters();
    said.push(/within (\d+ minutes?)/.exec(letter?.text ?? '')?.[1]);
  }
  expect(said).toEqual(['30 minutes', '20 minutes', '1 minute', '1 minute']);
});

test('reset: asked for again after the code expired, a new one', async () => {
  const { clock, resetCode, reset } = await startWithAnn();
  const first = await resetCode();
  clock.advance({ minutes: 30 });
  const second = await resetCode();
  expect(second).not.toBe(first);
  expect(await reset(first)).toMatchObject(codeInvalid);
  expect((await reset(second)).status).toBe(204);
});

test('reset: asked for again after it was used, a new code', async () => {
  const { resetCode, reset } = await startWithAnn();
  const first = await resetCode();
  expect((await reset(first)).status).toBe(204);
  const second = await resetCode();
  expect(second).not.toBe(first);
  expect(await reset(first, 'a third horse battery')).toMatchObject(codeInvalid);
  expect((await reset(second, 'a third horse battery')).status).toBe(204);
});

test('reset: asked for again after the password was changed, a new code', async () => {
  const { changePassword, resetCode, tokens } = await startWithAnn();
  const first = await resetCode();
  await changePassword(tokens);
  expect(await resetCode()).not.toBe(first);
});

test('reset: six requests of a stranger in an hour, and the code of the owner is good', async () => {
  const { askReset, newLetters, resetCode, reset, clock } = await startWithAnn();
  const code = await resetCode();
  let mails = 1;
  for (let times = 0; times < 10; times += 1) {
    clock.advance({ minutes: 2 });
    await askReset();
    mails += (await newLetters()).length;
  }
  expect(mails).toBe(6);
  expect((await reset(code)).status).toBe(204);
});

test('reset: of two users, never the same code', async () => {
  const { api, newLetters, resetCode } = await startWithAnn();
  await api.signUp({ email: 'bob@example.com' });
  await newLetters();
  expect(await resetCode('bob@example.com')).not.toBe(await resetCode());
});

test('reset: sent by an administrator, brings the code that the owner has already', async () => {
  const { admin, api, bob, deliverMails, letters } = await startWithAdmin();
  const { email, id } = bob.user;
  const newest = async () => {
    await deliverMails();
    const code = codeIn(letterTo(letters, email, /choose a new password/i));
    letters.length = 0;
    return code;
  };
  await api.post('/password-reset', { email });
  const first = await newest();
  expect((await admin.post(`/admin/users/${id}/password-reset`)).status).toBeLessThan(300);
  expect(await newest()).toBe(first);
});

/** The events of letters that brought a code, oldest first. */
async function requestsOf({ database }: Pick<RunningService, 'database'>) {
  const type = 'user.password_reset_requested';
  const events = await database.em.fork().find(AuditEvent, { type }, { orderBy: { id: 'asc' } });
  return events.map(({ userId, details, clientId, sessionId }) => ({ userId, details, clientId, sessionId }));
}

test('reset: each letter is an event, which says whether the code was new', async () => {
  const service = await startWithAnn();
  const { askReset, newLetters, user } = service;
  await askReset();
  expect(await requestsOf(service)).toEqual([]); // the request itself looks nobody up
  await newLetters();
  await askReset();
  await askReset('nobody@example.com');
  await newLetters();
  const event = { userId: user.id, clientId: null, sessionId: null };
  expect(await requestsOf(service)).toEqual([
    { ...event, details: { code: 'new' } },
    { ...event, details: { code: 'repeated' } },
  ]);
  const { audit_events: rows = [] } = await readTables(service);
  expect(rows.join()).not.toContain('example.com');
});

test('reset: a letter that is tried several times, is one event', async () => {
  let tries = 0;
  const service = await startService({
    mailer: async ({ subject }) => {
      if (!subject.startsWith('Choose')) return;
      tries += 1;
      if (tries < 4) throw Object.assign(new Error('Later.'), { code: 'ECONNRESET' });
    },
  });
  await service.api.signUp({ email: ANN });
  await openMailbox(service).askReset();
  for (let times = 0; times < 5; times += 1) {
    await service.deliverMails();
    service.clock.advance({ minutes: 2 });
  }
  expect(tries).toBe(4);
  expect(await requestsOf(service)).toMatchObject([{ details: { code: 'new' } }]);
});

const [OLD, NEW] = ['an older secret that only the tests may know', 'a newer secret that only the tests may know'];

/** The code of Ann under each ring of secrets, one after the other. */
async function codesUnder(rings: readonly string[]) {
  const databaseUrl = await newDurableDatabase();
  const codes: string[] = [];
  let clock: RunningService['clock'] | undefined;
  for (const SECRETS of rings) {
    const service = await startService({ databaseUrl, env: { SECRETS }, ...(clock && { clock }) });
    ({ clock } = service);
    if (codes.length === 0) await service.api.signUp({ email: ANN });
    const { newLetters, resetCode } = openMailbox(service);
    await newLetters();
    codes.push(await resetCode());
    if (codes.length === rings.length) return { service, codes };
    await service.stop();
  }
  throw new Error('There is no ring.');
}

test('reset: the secrets are rotated, the same code', async () => {
  const { service, codes } = await codesUnder([OLD, `${NEW},${OLD}`]);
  expect(codes[1]).toBe(codes[0]);
  expect((await openMailbox(service).reset(codes[0])).status).toBe(204);
});

test('reset: the secret of a code has left the ring, a new code', async () => {
  // Signing keys need their secret too, so that it stays, and the row names one that is not there.
  const { service, codes } = await codesUnder([`${NEW},${OLD}`, `${NEW},${OLD}`]);
  expect(codes[1]).toBe(codes[0]);
  await service.database.em.execute("update one_time_codes set seed = 'ffffffff.' || seed where seed is not null");
  const again = await openMailbox(service).resetCode();
  expect(again).not.toBe(codes[0]);
  expect(await openMailbox(service).reset(codes[0])).toMatchObject(codeInvalid);
  expect((await openMailbox(service).reset(again, NEW_PASSWORD)).status).toBe(204);
});

test('reset: what the database holds of a code, gives no code without the secret', async () => {
  const service = await startWithAnn();
  const code = await service.resetCode();
  const row = await service.database.em.fork().findOneOrFail(OneTimeCode, { purpose: 'reset_password' });
  const seed = row.seed ?? '';
  expect(seed).toMatch(/^[0-9a-f]{8}\.[\w-]{43}$/);
  expect(JSON.stringify(row)).not.toContain(code);
  service.canaries.allow(seed); // which is shown here as if it were a code
  for (const part of [seed, row.digest, seed.slice(9)]) expect(await service.reset(part)).toMatchObject(codeInvalid);
});
