import { describe, expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { newDurableDatabase, onPostgres, type RunningService, startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';

const ANN = 'ann@example.com';
const STRICT = { SIGNUP_DISCLOSURE: 'strict', EMAIL_VERIFICATION: 'required' };

/** Delivers what waits, and gives the letters that went out since the last time. */
async function newLetters({ deliverMails, letters }: RunningService) {
  await deliverMails();
  return letters.splice(0);
}

/** A service that does not tell who is there, with Ann, who is, and has proved her address. */
async function startWithAnn(env: Record<string, string> = {}) {
  const service = await startService({ env: { ...STRICT, ...env } });
  const signUp = (email: string, more: object = {}) =>
    service.api.post('/signup', { email, password: PASSWORD, ...more });
  const trySignIn = (username: string, password: string) =>
    service.api.form('/token', { grant_type: 'password', username, password });
  await signUp(ANN);
  const [welcome] = await newLetters(service);
  await service.api.post('/email-verification/confirm', { code: codeIn(welcome), password: PASSWORD });
  const everybody = () => service.database.em.fork().findAll(User, { orderBy: { id: 'asc' } });
  return { ...service, signUp, trySignIn, everybody };
}

describe('sign-up: where nothing is told of an address', () => {
  test('a new one and a taken one get the same answer, to the byte', async () => {
    const { signUp, everybody } = await startWithAnn();
    const fresh = await signUp('bob@example.com', { name: 'Bob', remember_me: true });
    expect(fresh).toMatchObject({ status: 202, text: '' });
    expect(fresh.headers.get('Location')).toBeNull();
    expect(await everybody()).toHaveLength(2);
    for (const taken of [ANN, ANN.toUpperCase(), 'bob@example.com']) {
      expect(visible(await signUp(taken, { name: 'Eve', remember_me: true }))).toEqual(visible(fresh));
    }
    expect(await everybody()).toHaveLength(2);
  });

  test('a taken one changes no row, and its owner gets a mail that opens nothing', async () => {
    const service = await startWithAnn();
    const { signUp, everybody, trySignIn } = service;
    const before = await everybody();
    await signUp(ANN, { password: 'the password of Eve', name: 'Eve', locale: 'fr' });
    expect(await everybody()).toEqual(before);
    const letters = await newLetters(service);
    expect(letters).toMatchObject([{ to: ANN, subject: 'Your e-mail address at localhost' }]);
    expect(JSON.stringify(letters)).not.toMatch(/code=|Eve/);
    expect((await trySignIn(ANN, 'the password of Eve')).status).toBe(400);
    expect((await trySignIn(ANN, PASSWORD)).status).toBe(200);
    expect(await newLetters(service)).toEqual([]);
  });

  test('a taken one that was never proved is had by whoever reads its mail', async () => {
    const service = await startWithAnn();
    const { api, signUp, everybody, trySignIn } = service;
    await signUp('bob@example.com', { password: 'the password of Eve' });
    await newLetters(service); // which Bob does not read
    const before = await everybody();
    await signUp('bob@example.com', { password: 'the password of Bob' });
    expect(await everybody()).toEqual(before);
    const letters = await newLetters(service);
    expect(letters).toMatchObject([{ to: 'bob@example.com', subject: 'Finish signing up at localhost' }]);
    const reset = { code: codeIn(letters[0]), password: 'the password of Bob' };
    expect((await api.post('/password-reset/confirm', reset)).status).toBe(204);
    expect((await trySignIn('bob@example.com', 'the password of Eve')).status).toBe(400);
    expect((await trySignIn('bob@example.com', 'the password of Bob')).status).toBe(200);
  });

  test('the right password of an address that was never proved looks like a wrong one', async () => {
    const { signUp, trySignIn } = await startWithAnn();
    await signUp('bob@example.com');
    const wrong = visible(await trySignIn('bob@example.com', 'wrong password'));
    expect(wrong.status).toBe(400);
    expect(visible(await trySignIn('bob@example.com', PASSWORD))).toEqual(wrong);
    expect(visible(await trySignIn('nobody@example.com', PASSWORD))).toEqual(wrong);
    expect(wrong.text).not.toMatch(/verif|reason/);
  });

  test('a user name is refused alike, free or taken: to tell which would tell of the address before it', async () => {
    const { api, signUp, everybody } = await startWithAnn();
    const { access_token } = await api.signIn(ANN);
    await api.patch('/me', { preferred_username: 'annabelle' }, access_token);
    const before = await everybody();
    for (const preferred_username of ['annabelle', 'free']) {
      for (const email of [ANN, 'bob@example.com']) {
        const { status, body } = await signUp(email, { preferred_username });
        expect({ status, errors: body.errors }).toMatchObject({
          status: 400,
          errors: [{ pointer: '/preferred_username', code: 'chosen_later' }],
        });
      }
    }
    expect(await everybody()).toEqual(before);
  });

  test('what is wrong with the request is told the same of both', async () => {
    const { signUp, everybody } = await startWithAnn();
    const before = await everybody();
    const [taken, fresh] = [
      await signUp(ANN, { password: 'short' }),
      await signUp('bob@b.example', { password: 'short' }),
    ];
    expect(taken).toMatchObject({ status: 400, body: { errors: [{ pointer: '/password' }] } });
    expect(visible(taken)).toEqual(visible(fresh));
    expect(await everybody()).toEqual(before);
  });

  test('a new one takes as long as a taken one', async () => {
    // Hashes that outweigh everything else: an answer without one would take a small part of the time.
    const { signUp } = await startWithAnn({ PASSWORD_HASH_MEMORY: '16MiB', PASSWORD_HASH_PASSES: '6' });
    const time = async (email: string) => {
      const start = performance.now();
      expect((await signUp(email)).status).toBe(202);
      return performance.now() - start;
    };
    const spent = { fresh: [] as number[], taken: [] as number[] };
    for (let round = 0; round < 9; round += 1) {
      spent.fresh.push(await time(`new${round}@example.com`));
      spent.taken.push(await time(ANN));
    }
    const median = (values: number[]) => values.toSorted((one, other) => one - other)[4] ?? Number.NaN;
    const ratio = median(spent.fresh) / median(spent.taken);
    expect(ratio).toBeGreaterThan(1 / 2);
    expect(ratio).toBeLessThan(2);
  });

  test('fifty at once with one address are fifty times the same answer, one account and one mail', async () => {
    const shared = { databaseUrl: await newDurableDatabase(), env: { ...STRICT, ISSUER: 'http://localhost:3000' } };
    const one = await startService(shared);
    // On PostgreSQL at two instances.
    const other = onPostgres ? await startService({ ...shared, clock: one.clock }) : one;
    const spellings = [ANN, ANN.toUpperCase(), 'Ann@Example.com'];
    const signUp = (_: unknown, index: number) =>
      (index % 2 ? other : one).api.post('/signup', { email: spellings[index % 3], password: PASSWORD });
    const answers = await Promise.all(Array.from({ length: 50 }, signUp));
    expect(new Set(answers.map((answer) => JSON.stringify(visible(answer)))).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    expect(await one.database.em.fork().count(User)).toBe(1);
    const letters = [...(await newLetters(one)), ...(await newLetters(other))];
    expect(letters.map(({ to }) => to.toLowerCase())).toEqual([ANN]);
    const reset = { code: codeIn(letters[0]), password: 'another horse battery' };
    expect((await one.api.post('/password-reset/confirm', reset)).status).toBe(204);
    await other.api.signIn(ANN, { password: reset.password });
  });
});
