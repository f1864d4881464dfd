// A service that dies while people sign up and change their passwords: what it said is so, and nobody is half there.
import { expect, test } from 'vitest';
import { type Api, createApi, PASSWORD, type Tokens } from '../harness/api.ts';
import { everydayEnv } from '../harness/everyday.ts';
import { startProcess } from '../harness/process.ts';
import { newDurableDatabase } from '../harness/service.ts';

const PEOPLE_AT_ONCE = 6;
const SIGN_UPS_BEFORE_THE_CRASH = 60;
const NEXT_PASSWORD = 'a better horse battery';

/** What somebody has been told, and what was asked last. */
interface Person {
  readonly email: string;
  isSignedUp: boolean;
  isChanged: boolean;
  /** The newest. */
  tokens: Tokens | null;
}

async function live(api: Api, person: Person): Promise<void> {
  const { tokens } = await api.signUp({ email: person.email });
  person.isSignedUp = true;
  person.tokens = tokens;
  const passwords = { current_password: PASSWORD, new_password: NEXT_PASSWORD };
  const { status, body } = await api.put('/me/password', passwords, tokens.access_token);
  expect(status).toBe(200);
  person.isChanged = true;
  person.tokens = body;
}

/** Which of the two passwords opens the account. */
async function passwordsOf(api: Api, username: string): Promise<string[]> {
  const good: string[] = [];
  for (const password of [PASSWORD, NEXT_PASSWORD]) {
    const { status } = await api.form('/token', { grant_type: 'password', username, password });
    expect([200, 400]).toContain(status);
    if (status === 200) good.push(password);
  }
  return good;
}

/** An answer that was lost with the crash is not given again: its owner signs in with the new password. */
async function checkSession(api: Api, tokens: Tokens, isLost: boolean): Promise<void> {
  const lost = { status: 400, body: { error: 'invalid_grant', reason: 'password_changed' } };
  const kept = { status: 200, body: { session_id: tokens.session_id } };
  expect(await api.tryRefresh(tokens.refresh_token)).toMatchObject(isLost ? lost : kept);
}

test('kill -9 during sign-ups and changes of passwords: who was answered is there, and everybody is whole', {
  timeout: 120_000,
}, async () => {
  const env = { ...everydayEnv, DATABASE_URL: await newDurableDatabase() };
  const before = await startProcess(env);
  const api = createApi(before.url, () => {});
  const people: Person[] = [];
  const work = Array.from({ length: PEOPLE_AT_ONCE }, async () => {
    for (;;) {
      const person = { email: `person${people.length}@example.com`, isSignedUp: false, isChanged: false, tokens: null };
      people.push(person);
      await live(api, person);
      if (people.length >= SIGN_UPS_BEFORE_THE_CRASH) await before.kill();
    }
  });
  for (const { status } of await Promise.allSettled(work)) expect(status).toBe('rejected');

  const after = await startProcess(env);
  const again = createApi(after.url, () => {});
  for (const { email, isSignedUp, isChanged, tokens } of people) {
    const { status } = await again.post('/signup', { email, password: PASSWORD });
    expect(isSignedUp ? [409] : [201, 409], email).toContain(status);
    const good = await passwordsOf(again, email);
    expect(good, email).toHaveLength(1);
    if (isChanged) expect(good, email).toEqual([NEXT_PASSWORD]);
    if (!isSignedUp) expect(good, email).toEqual([PASSWORD]);
    if (tokens) await checkSession(again, tokens, !isChanged && good.includes(NEXT_PASSWORD));
  }
});
