// Many at once with one code. On SQLite the races are between requests of one instance; on PostgreSQL also between
// instances.
import { describe, expect, test } from 'vitest';
import type { Answer } from '../harness/api.ts';
import { newDurableDatabase, onPostgres, startService } from '../harness/service.ts';
import {
  ANN,
  BOB,
  type Mailbox,
  NEW_ADDRESS,
  NEW_PASSWORD,
  openMailbox,
  readTables,
  startWithAnn,
  tally,
} from './mailbox.ts';

const AT_ONCE = 20;

type Instances = readonly Mailbox[];

const setups: [string, () => Promise<{ service: Awaited<ReturnType<typeof startWithAnn>>; instances: Instances }>][] = [
  ['one instance', () => startOne()],
  ...(onPostgres ? [['two instances', () => startTwo()] satisfies (typeof setups)[number]] : []),
];

async function startOne() {
  const service = await startWithAnn();
  return { service, instances: [service] };
}

async function startTwo() {
  const shared = { databaseUrl: await newDurableDatabase(), env: { ISSUER: 'http://localhost:3000' } };
  const service = await startWithAnn(shared);
  const other = await startService({ ...shared, clock: service.clock });
  return { service, instances: [service, openMailbox(other)] };
}

/** As many calls in flight together, spread evenly over the instances. */
function together(instances: Instances, call: (mailbox: Mailbox, index: number) => Promise<Answer>): Promise<Answer[]> {
  const [first] = instances;
  if (!first) throw new Error('There is no instance.');
  const calls = Array.from({ length: AT_ONCE }, (_, index) =>
    call(instances[index % instances.length] ?? first, index),
  );
  return Promise.all(calls);
}

const oneOfTwenty = { '204': 1, '400 code_invalid': AT_ONCE - 1 };
const allOfTwenty = { '204': AT_ONCE };

describe.each(setups)('%s', (_, start) => {
  test('reset: twenty at once with one code, one wins and the password is that one’s', async () => {
    const { service, instances } = await start();
    const { api, resetCode, newLetters } = service;
    const code = await resetCode();
    const passwordOf = (index: number) => `horse number ${index} of twenty`;
    const answers = await together(instances, ({ reset }, index) => reset(code, passwordOf(index)));
    expect(tally(answers)).toEqual(oneOfTwenty);
    const winner = answers.findIndex(({ status }) => status === 204);
    for (let index = 0; index < AT_ONCE; index += 1) {
      const signIn = api.signIn(ANN, { password: passwordOf(index) });
      if (index === winner) await signIn;
      else await expect(signIn).rejects.toMatchObject({ error: 'invalid_grant' });
    }
    expect(await newLetters()).toHaveLength(1);
    expect(events(await readTables(service), 'user.password_reset')).toBe(1);
  });

  test('reset: twenty at once with one code of a verification, one wins and the address is verified once', async () => {
    const { service, instances } = await start();
    const { api, code } = service;
    const passwordOf = (index: number) => `horse number ${index} of twenty`;
    const answers = await together(instances, ({ reset }, index) => reset(code, passwordOf(index)));
    expect(tally(answers)).toEqual(oneOfTwenty);
    const winner = answers.findIndex(({ status }) => status === 204);
    const { access_token } = await api.signIn(ANN, { password: passwordOf(winner) });
    expect(await api.me(access_token)).toMatchObject({ email_verified: true });
    expect(events(await readTables(service), 'user.email_verified')).toBe(1);
  });

  test('verification: twenty at once with one code, one answer and one effect', async () => {
    const { service, instances } = await start();
    const { api, code, tokens } = service;
    const withToken = ({ verify }: Mailbox) => verify(code, {}, tokens.access_token);
    expect(tally(await together(instances, withToken))).toEqual(allOfTwenty);
    expect(await api.me(tokens.access_token)).toMatchObject({ email_verified: true });
    expect(events(await readTables(service), 'user.email_verified')).toBe(1);
  });

  test('e-mail change: twenty at once with one code, one answer and one effect', async () => {
    const { service, instances } = await start();
    const { api, tokens, changeCode, newLetters, markVerified } = service;
    await markVerified();
    const code = await changeCode(tokens);
    expect(tally(await together(instances, ({ verify }) => verify(code)))).toEqual(allOfTwenty);
    expect(await api.me(tokens.access_token)).toMatchObject({ email: NEW_ADDRESS });
    expect(await newLetters()).toHaveLength(1);
    expect(events(await readTables(service), 'user.email_changed')).toBe(1);
  });

  test('e-mail change: two users at once to one free address, one gets it and the other’s code is invalid', async () => {
    const { service, instances } = await start();
    const { api, tokens, newLetters, changeCode } = service;
    const bob = await api.signUp({ email: BOB });
    await newLetters();
    const codes = [await changeCode(tokens), await changeCode(bob.tokens)];
    const answers = await together(instances, ({ verify }, index) => verify(codes[Math.floor(index / 2) % 2]));
    expect(tally(answers)).toEqual({ '204': AT_ONCE / 2, '400 code_invalid': AT_ONCE / 2 });
    const people = [await api.me(tokens.access_token), await api.me(bob.tokens.access_token)];
    expect(people.filter(({ email }) => email === NEW_ADDRESS)).toHaveLength(1);
    expect(people.filter(({ email }) => email === ANN || email === BOB)).toHaveLength(1);
    expect(
      (await Promise.all(codes.map((code) => service.verify(code)))).map(({ status }) => status).toSorted(),
    ).toEqual([204, 400]);
  });

  test('reset: twenty letters are asked for at once, one is written', async () => {
    const { service, instances } = await start();
    expect(tally(await together(instances, ({ askReset }) => askReset()))).toEqual({ '202': AT_ONCE });
    expect(await service.newLetters()).toHaveLength(1);
  });

  test('reset: sign-ins with the old password in the same instant, none of their sessions lives', async () => {
    const { service, instances } = await start();
    const { api, resetCode } = service;
    const code = await resetCode();
    const signIn = () =>
      api.form('/token', { grant_type: 'password', username: ANN, password: 'correct horse battery' });
    const answers = await together(instances, ({ reset }, index) => (index === 7 ? reset(code) : signIn()));
    expect(answers[7]?.status).toBe(204);
    for (const { body } of answers.filter(({ status }) => status === 200)) {
      expect((await api.tryRefresh(body.refresh_token)).body).toMatchObject({ reason: 'password_reset' });
    }
    await api.signIn(ANN, { password: NEW_PASSWORD });
  });
});

function events({ audit_events: rows = [] }: Record<string, string[]>, type: string): number {
  return rows.filter((row) => row.includes(`"${type}"`)).length;
}
