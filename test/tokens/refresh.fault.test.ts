// A service that dies in the middle of its work: whatever it had answered is still true afterwards, and whatever it had
// not answered can be asked again.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Api, createApi } from '../harness/api.ts';
import { startProcess } from '../harness/process.ts';
import { newDurableDatabase } from '../harness/service.ts';

const CLIENTS = 8;
const ANSWERS_BEFORE_THE_CRASH = 200;

const unchecked = () => {};

/** A client that keeps to the rules: the key is kept until the answer has come. */
function createHonestClient(firstToken: string) {
  const answered = [firstToken];
  let key = randomUUID();

  async function refresh(api: Api): Promise<void> {
    const { refresh_token } = await api.refresh(answered.at(-1) ?? '', { key });
    answered.push(refresh_token);
    key = randomUUID();
  }

  return { answered, refresh };
}

test('kill -9 during refreshes: every answered rotation stands, and every client goes on', {
  timeout: 60_000,
}, async () => {
  const env = { DATABASE_URL: await newDurableDatabase(), PASSWORD_HASH_MEMORY: '1MiB' };
  const before = await startProcess(env);
  const api = createApi(before.url, unchecked);
  const people = await Promise.all(Array.from({ length: CLIENTS }, () => api.signUp()));
  const clients = people.map(({ tokens }) => createHonestClient(tokens.refresh_token));

  let answers = 0;
  const work = clients.map(async (client) => {
    for (;;) {
      await client.refresh(api);
      answers += 1;
      if (answers === ANSWERS_BEFORE_THE_CRASH) await before.kill();
    }
  });
  for (const { status } of await Promise.allSettled(work)) expect(status).toBe('rejected');
  expect(answers).toBeGreaterThanOrEqual(ANSWERS_BEFORE_THE_CRASH);

  const after = await startProcess(env);
  const again = createApi(after.url, unchecked);
  for (const client of clients) await client.refresh(again);

  // Had an answered rotation been lost, its predecessor would be the newest token again and not a copy.
  for (const { answered } of clients) {
    const copied = await again.tryRefresh(answered.at(-4) ?? '');
    expect(copied).toMatchObject({ status: 400, body: { error: 'invalid_grant', reason: 'token_reused' } });
  }
});
