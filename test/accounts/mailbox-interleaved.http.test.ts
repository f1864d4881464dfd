// Two acts on one account whose statements interleave in one certain way. A lock in the database holds them where they
// are until both have come there, so that nothing is left to chance.
import { describe, expect, test, vi } from 'vitest';
import { onPostgres, type RunningService } from '../harness/service.ts';
import { ANN, NEW_ADDRESS, NEW_PASSWORD, startWithAnn } from './mailbox.ts';

/** Holds a lock until `meanwhile` is over. */
async function holding(
  { database }: RunningService,
  statement: string,
  parameters: unknown[],
  meanwhile: () => Promise<void>,
): Promise<void> {
  await database.em.fork().transactional(async (tx) => {
    await tx.execute(statement, parameters);
    await meanwhile();
  });
}

/** Resolves when that many statements wait for a lock. */
async function untilWaiting({ database }: RunningService, count: number): Promise<void> {
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await vi.waitFor(async () => expect(await database.em.fork().execute(waiting)).toHaveLength(count), {
    interval: 5,
    timeout: 10_000,
  });
}

const LOCK_USER = 'select 1 from users where id = ? for update';

describe.runIf(onPostgres)('interleaved', () => {
  test('reset: at once with a verification, neither has to wait for what the other holds', async () => {
    const service = await startWithAnn();
    const { api, user, code: verification, resetCode, reset, verify } = service;
    const code = await resetCode();
    const answers: ReturnType<typeof reset>[] = [];
    await holding(service, LOCK_USER, [user.id], async () => {
      answers.push(reset(code));
      await untilWaiting(service, 1);
      answers.push(verify(verification));
      await untilWaiting(service, 2);
    });
    const [first, second] = await Promise.all(answers);
    expect(first?.status).toBe(204);
    expect([204, 400]).toContain(second?.status);
    const { access_token } = await api.signIn(ANN, { password: NEW_PASSWORD });
    expect(await api.me(access_token)).toMatchObject({ email_verified: true });
  });

  test('e-mail change: at once with a reset, neither has to wait for what the other holds', async () => {
    const service = await startWithAnn();
    const { user, tokens, resetCode, changeCode, reset, verify } = service;
    const code = await resetCode();
    const change = await changeCode(tokens);
    const answers: ReturnType<typeof reset>[] = [];
    await holding(service, LOCK_USER, [user.id], async () => {
      answers.push(verify(change));
      await untilWaiting(service, 1);
      answers.push(reset(code));
      await untilWaiting(service, 2);
    });
    const [first, second] = await Promise.all(answers);
    expect(first?.status).toBe(204);
    expect(second).toMatchObject({ status: 400, body: { code: 'code_invalid' } });
  });

  test('reset: at once with a change of the password, neither has to wait for what the other holds', async () => {
    const service = await startWithAnn();
    const { api, user, tokens, resetCode, reset, changePassword } = service;
    const code = await resetCode();
    const answers: ReturnType<typeof reset>[] = [];
    await holding(service, LOCK_USER, [user.id], async () => {
      answers.push(reset(code, 'a horse of the mailbox'));
      await untilWaiting(service, 1);
      answers.push(changePassword(tokens));
      await untilWaiting(service, 2);
    });
    const [first, second] = await Promise.all(answers);
    expect(first?.status).toBe(204);
    expect(second).toMatchObject({ status: 400, body: { code: 'password_wrong' } });
    await api.signIn(ANN, { password: 'a horse of the mailbox' });
  });

  test('e-mail change: the password is changed between its check and the request, no code is sent', async () => {
    const service = await startWithAnn();
    const { tokens, changeEmail, changePassword, newLetters } = service;
    const answers: ReturnType<typeof changeEmail>[] = [];
    await holding(service, 'lock table outbox_mails in share mode', [], async () => {
      answers.push(changeEmail(tokens));
      await untilWaiting(service, 1);
      answers.push(changePassword(tokens));
      await untilWaiting(service, 2);
    });
    const [, changed] = await Promise.all(answers);
    expect(changed?.status).toBe(200);
    const letters = await newLetters();
    expect(letters.filter(({ to }) => to === NEW_ADDRESS)).toEqual([]);
  });
});
