import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Session } from '../../src/sessions/session.ts';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { visible } from '../harness/visible.ts';

const ANN = 'ann@example.com';
const SALT = 'c29tZSBzYWx0IG9mIG91cg';

const unreadable: [situation: string, stored: string][] = [
  ['empty', ''],
  ['cut off', `$argon2id$v=19$m=1024,t=2,p=1$${SALT}$MDEy`],
  ['of no passes', `$argon2id$v=19$m=1024,t=0,p=1$${SALT}$${'A'.repeat(43)}`],
  ['of 1 GiB, forty times', `$argon2id$v=19$m=1048576,t=40,p=1$${SALT}$${'A'.repeat(43)}`],
  ['of 4,000,000,000 passes', `$argon2id$v=19$m=1024,t=4000000000,p=1$${SALT}$${'A'.repeat(43)}`],
  ['of bcrypt, cost 31', `$2b$31$${'a'.repeat(52)}.`],
  ['of a stranger', `$argon3$v=19$m=1024,t=2,p=1$${SALT}$${'A'.repeat(43)}`],
  ['the password itself', PASSWORD],
];

const LogLine = z.looseObject({ level: z.union([z.string(), z.number()]), msg: z.string().optional() });

/** A service with Ann, whose stored hash is what the test says, and its log from then on. */
async function startWithHash(passwordHash: string | null) {
  const lines: string[] = [];
  const service = await startService({ onLog: (line) => lines.push(line) });
  const { user, tokens } = await service.api.signUp({ email: ANN });
  const change = (hash: string | null) =>
    service.database.em.fork().nativeUpdate(User, { id: user.id }, { passwordHash: hash });
  await change(passwordHash);
  if (passwordHash !== null) service.canaries.allow(passwordHash); // some of them are sent as passwords too
  lines.splice(0);
  const trySignIn = (username: string, password = PASSWORD) =>
    service.api.form('/token', { grant_type: 'password', username, password });
  /** Lines that want somebody's attention: of level `error` (50) and above. */
  const errors = () =>
    lines.filter((line) => {
      const { level } = LogLine.parse(JSON.parse(line));
      return typeof level === 'number' ? level >= 50 : ['error', 'fatal'].includes(level);
    });
  return { ...service, user, tokens, lines, errors, trySignIn };
}

describe('stored hash: one that cannot be read', () => {
  test.each(unreadable)('%s: a sign-in is refused like a wrong password, and leaves one line', async (_, stored) => {
    const { user, lines, errors, trySignIn, database } = await startWithHash(stored);
    const answer = visible(await trySignIn(ANN));
    expect(errors()).toHaveLength(1);
    expect(JSON.parse(errors()[0] ?? '')).toMatchObject({ userId: user.id, msg: 'unreadable password hash' });
    const unknown = await trySignIn('nobody@example.com');
    expect(unknown.status).toBe(400);
    expect(answer).toEqual(visible(unknown));
    expect(answer.text).not.toMatch(/token|hash/);
    expect(await database.em.fork().count(Session)).toBe(1); // that of the sign-up
    expect(errors()).toHaveLength(1);
    for (const part of [stored, SALT, PASSWORD, ANN].filter((text) => text !== '')) {
      expect(lines.join('')).not.toContain(part);
    }
  });

  test('says so once for each attempt, whatever the password', async () => {
    const { errors, trySignIn } = await startWithHash('$argon3$nothing');
    for (const password of [PASSWORD, 'wrong password', '$argon3$nothing']) {
      expect((await trySignIn(ANN, password)).body).toMatchObject({ error: 'invalid_grant' });
    }
    expect(errors()).toHaveLength(3);
  });

  test('is a wrong password for a change and for the end of the account too', async () => {
    const { api, errors, users, user, tokens } = await startWithHash('$argon3$nothing');
    const members = { current_password: PASSWORD, new_password: 'another horse battery' };
    const wrong = { status: 400, body: { code: 'password_wrong' } };
    expect(await api.put('/me/password', members, tokens.access_token)).toMatchObject(wrong);
    expect(await api.del('/me', { password: PASSWORD }, tokens.access_token)).toMatchObject(wrong);
    expect(errors()).toHaveLength(2);
    expect(await users.find(user.id)).toMatchObject({ passwordHash: '$argon3$nothing' });
  });
});

test('stored hash: a missing one is refused too, and is nothing to write down', async () => {
  const { errors, trySignIn } = await startWithHash(null);
  const answer = visible(await trySignIn(ANN));
  expect(answer).toEqual(visible(await trySignIn('nobody@example.com')));
  expect(answer.status).toBe(400);
  expect(errors()).toEqual([]);
});

test('stored hash: one that can be read is nothing to write down, right or wrong', async () => {
  const { api, errors, trySignIn } = await startWithHash(null);
  await api.signUp({ email: 'bob@example.com' });
  expect((await trySignIn('bob@example.com')).status).toBe(200);
  expect((await trySignIn('bob@example.com', 'wrong password')).status).toBe(400);
  expect(errors()).toEqual([]);
});
