// Who can use up whose tries at a password: strangers, the owner at home and at work, the owner with a session, a thief
// with a stolen access token, and an attacker on the network of the owner.
import { describe, expect, test, vi } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { User } from '../../src/users/user.ts';
import { bearer, PASSWORD } from '../harness/api.ts';
import { visible } from '../harness/visible.ts';
import { expectFailure } from '../http/failures.ts';
import {
  ANN,
  FREE_TRIES,
  MAX_FAILURES,
  refused,
  secondsLeft,
  startCounting,
  startThrottled,
  WRONG,
} from './throttled.ts';

vi.setConfig({ testTimeout: 120_000 }); // hundreds of sign-ins each

const HOME = '2001:db8:1:2::10';
/** Of the same /64. */
const HOME_TOO = '2001:db8:1:2:ffff::99';
const WORK = '198.51.100.80';
const ABROAD = '203.0.113.200';
const NOBODY = 'nobody@example.com';
const stranger = (n: number) => `192.0.2.${n % 250}`;

/** Ann is signed in at home, where a thief steals an access token, and at work. */
async function start() {
  const service = await startThrottled({ env: { SESSION_TTL: '90d', SESSION_IDLE_TTL: '90d' } });
  const { signIn, api } = service;
  const tokenFrom = async (from: string) => (await signIn(ANN, PASSWORD, from)).body;
  const [stolen, other] = [await tokenFrom(HOME), await tokenFrom(WORK)];
  /** The clocks move during an attack, longer than an access token lives. */
  const renew = async ({ refresh_token }: { refresh_token: string }) => (await api.refresh(refresh_token)).access_token;
  return { ...service, stolen, other, renew };
}

type World = Awaited<ReturnType<typeof start>>;

const attacks: Record<string, (world: World) => Promise<unknown>> = {
  'no attack': async () => {},
  'a stranger, 20 times': ({ tryOften }) => tryOften(ANN, FREE_TRIES, ABROAD),
  'strangers, 100 times': ({ fail, signIn }) => fail(MAX_FAILURES, (n) => signIn(ANN, WRONG, stranger(n))),
  'a thief with an access token, 30 times': async ({ confirm, stolen }) => {
    for (let n = 0; n < 30; n += 1) await confirm(stolen.access_token);
  },
  'a thief with the access tokens of five sessions': async ({ confirm, signIn, stolen }) => {
    const others = [0, 1, 2, 3].map(async () => (await signIn(ANN, PASSWORD, HOME)).body);
    for (const { access_token } of [stolen, ...(await Promise.all(others))]) {
      for (let n = 0; n < FREE_TRIES; n += 1) await confirm(access_token);
    }
  },
  'an attacker on the network of the owner, 40 times': ({ tryOften }) => tryOften(ANN, 2 * FREE_TRIES, HOME_TOO),
  'an attacker on the network of the owner, 200 times': ({ fail, signIn }) =>
    // Until both ceilings are reached. A hundred in ten minutes is what a network has.
    fail(2 * MAX_FAILURES, () => signIn(ANN, WRONG, HOME_TOO)),
};

/** What the right password is answered with, after the attack. */
interface Answered {
  readonly abroad: number;
  readonly work: number;
  readonly home: number;
  readonly otherSession: number;
  readonly stolenSession: number;
}

const open: Answered = { abroad: 200, work: 200, home: 200, otherSession: 204, stolenSession: 204 };
const noStranger: Answered = { ...open, abroad: 429 };

const table: [attack: string, Answered][] = [
  ['no attack', open],
  ['a stranger, 20 times', noStranger],
  ['strangers, 100 times', noStranger],
  ['a thief with an access token, 30 times', { ...open, stolenSession: 429 }],
  ['a thief with the access tokens of five sessions', { ...open, otherSession: 429, stolenSession: 429 }],
  ['an attacker on the network of the owner, 40 times', { ...noStranger, home: 429 }],
];

describe('password quotas: who is still let in with the right password', () => {
  test.each(table)('after %s', async (attack, expected) => {
    const world = await start();
    const { signIn, confirm, renew, stolen, other } = world;
    await attacks[attack]?.(world);
    const statusFrom = async (from: string) => (await signIn(ANN, PASSWORD, from)).status;
    const abroad = await statusFrom(ABROAD);
    const [work, home] = [await statusFrom(WORK), await statusFrom(HOME)];
    // A throttled account goes on refreshing.
    const [otherToken, stolenToken] = [await renew(other), await renew(stolen)];
    const otherSession = (await confirm(otherToken, PASSWORD)).status;
    const stolenSession = (await confirm(stolenToken, PASSWORD)).status;
    expect({ abroad, work, home, otherSession, stolenSession }).toEqual(expected);
  });

  test('after an attacker on the network of the owner has failed 200 times: the holder of a session', async () => {
    const world = await start();
    const { signIn, confirm, renew, other, database } = world;
    await attacks['an attacker on the network of the owner, 200 times']?.(world);
    for (const from of [HOME, WORK, ABROAD]) expect((await signIn(ANN, PASSWORD, from)).status, from).toBe(429);
    const failed = await database.em.fork().count(AuditEvent, { type: 'sign_in.failed' });
    expect(failed).toBe(2 * MAX_FAILURES);
    expect((await confirm(await renew(other), PASSWORD)).status).toBe(204);
  });

  test.each(Object.keys(attacks).slice(1, 3))(
    'after %s: a stranger sees what an unknown name shows',
    async (attack) => {
      const { signIn, fail, tryOften } = await start();
      const byName = {
        'a stranger, 20 times': (name: string) => tryOften(name, FREE_TRIES, ABROAD),
        'strangers, 100 times': (name: string) => fail(MAX_FAILURES, (n) => signIn(name, WRONG, stranger(n))),
      };
      const attackOn = Reflect.get(byName, attack);
      await attackOn(NOBODY);
      const unknown = await signIn(NOBODY, PASSWORD, ABROAD);
      await attackOn(ANN);
      const known = await signIn(ANN, PASSWORD, ABROAD);
      expect(known.status).toBe(429);
      expect(visible(known)).toEqual(visible(unknown));
    },
  );
});

describe('password quotas: the ceilings', () => {
  test('strangers close the password to strangers only, and the failures are counted on', async () => {
    const { signIn, fail, pass, users, user } = await start();
    await fail(MAX_FAILURES, (n) => signIn(ANN, WRONG, stranger(n)));
    expect((await users.find(user.id))?.passwordLockedAt).not.toBeNull();
    expect((await signIn(ANN, PASSWORD, HOME)).status).toBe(200);
    pass(29 * 86_400);
    expect((await signIn(ANN, PASSWORD, HOME)).status).toBe(200);
    pass(2 * 86_400); // the store has forgotten the strangers; the account has not
    expect((await signIn(ANN, PASSWORD, ABROAD)).status).toBe(400);
    expect((await signIn(ANN, PASSWORD, HOME)).status).toBe(200);
  });

  test('a familiar network is known by a session of the last thirty days that the user did not end', async () => {
    const { api, signIn, tryOften, pass, other } = await start();
    const statusAfterAttack = async () => {
      await tryOften(ANN, FREE_TRIES + 1, ABROAD);
      return (await signIn(ANN, PASSWORD, WORK)).status;
    };
    expect(await statusAfterAttack()).toBe(200);
    const { body } = await signIn(ANN, PASSWORD, HOME);
    const { sessions } = (await api.get('/me/sessions', body.access_token)).body;
    for (const { id, ip } of sessions) {
      const headers = bearer(body.access_token);
      if (ip === WORK) await api.send('DELETE', `/me/sessions/${id}`, { headers });
    }
    expect((await api.tryRefresh(other.refresh_token)).status).toBe(400);
    expect(await statusAfterAttack()).toBe(429);
    expect((await signIn(ANN, PASSWORD, HOME)).status).toBe(200);
    pass(31 * 86_400);
    await tryOften(ANN, FREE_TRIES + 1, ABROAD);
    expect((await signIn(ANN, PASSWORD, HOME)).status).toBe(429);
  });

  test('of a hundred wrong tries at once, a familiar network and a session look at twenty each', async () => {
    const { signIn, confirm, tryOften, stolen, database } = await start();
    await tryOften(ANN, FREE_TRIES, ABROAD);
    const count = async (from: string) => {
      const failed = await database.em.fork().find(AuditEvent, { type: 'sign_in.failed' });
      return failed.filter(({ details }) => details.from === from).length;
    };
    await Promise.all(Array.from({ length: 100 }, () => signIn(ANN, WRONG, HOME)));
    expect(await count('familiar_network')).toBe(FREE_TRIES);
    for (let n = 0; n < 3; n += 1) await Promise.all(Array.from({ length: 40 }, () => confirm(stolen.access_token)));
    expect(await count('session')).toBe(FREE_TRIES);
  });

  test('a session begins anew with a right password', async () => {
    const { confirm, stolen } = await start();
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < FREE_TRIES - 1; n += 1) expect((await confirm(stolen.access_token)).status).toBe(400);
      expect((await confirm(stolen.access_token, PASSWORD)).status).toBe(204);
    }
  });

  test('a new password, chosen with the old one, opens the account to strangers again', async () => {
    const { api, signIn, fail, renew, stolen, users, user } = await start();
    await fail(MAX_FAILURES, (n) => signIn(ANN, WRONG, stranger(n)));
    const change = { current_password: PASSWORD, new_password: 'another horse battery' };
    expect((await api.put('/me/password', change, await renew(stolen))).status).toBeLessThan(300);
    expect((await users.find(user.id))?.passwordLockedAt).toBeNull();
    expect((await signIn(ANN, 'another horse battery', ABROAD)).status).toBe(200);
  });
});

describe.each<[mode: string, env: Record<string, string>]>([
  ['friendly', {}],
  ['strict', { SIGNUP_DISCLOSURE: 'strict', EMAIL_VERIFICATION: 'required' }],
])('password quotas: the key of an account, where disclosure is %s', (_, env) => {
  test('is the same before and after a sign-up', async () => {
    const { api, tryOften, signIn } = await startCounting({ env });
    const [eve, nobody] = ['Eve@Example.com', NOBODY];
    for (const name of [eve, nobody]) expect(await tryOften(name, FREE_TRIES)).toEqual(refused(FREE_TRIES));
    const { status } = await api.post('/signup', { email: 'eve@example.com', password: PASSWORD });
    expect([201, 202]).toContain(status);
    const [known, unknown] = [await signIn(eve), await signIn(nobody)];
    expect(known.status).toBe(429);
    expect(visible(known)).toEqual(visible(unknown));
  });
});

describe('password quotas: the key of an account', () => {
  test('is the address, by whatever name the user signs in', async () => {
    const { tryOften, signIn } = await start();
    await tryOften('ANN', FREE_TRIES, ABROAD);
    expect((await signIn('Ann@EXAMPLE.com', PASSWORD, ABROAD)).status).toBe(429);
  });

  test('moves with the address: the failures at the new one count', async () => {
    const { tryOften, signIn, database, user } = await start();
    await tryOften('ann@new.example', FREE_TRIES - 1, ABROAD);
    await tryOften(ANN, FREE_TRIES, ABROAD);
    const moved = { email: 'ann@new.example', emailCanonical: 'ann@new.example' };
    await database.em.fork().nativeUpdate(User, { id: user.id }, moved);
    expect((await signIn('ann', WRONG, ABROAD)).status).toBe(400);
    for (const name of ['ann', 'ann@new.example', ANN]) {
      expect((await signIn(name, PASSWORD, ABROAD)).status, name).toBe(429);
    }
  });
});

describe('quota: good sign-ins', () => {
  test('are thirty in a minute; then nobody learns whether a password is right, and no hash is computed', async () => {
    const { signIn, tryOften, pass, api, passwords } = await startThrottled();
    await tryOften(ANN, 15, HOME); // failures do not count
    for (let n = 0; n < 30; n += 1) expect((await signIn(ANN, PASSWORD, HOME)).status).toBe(200);
    const verified = vi.spyOn(passwords, 'verify');
    const [right, wrong] = [await signIn(ANN, PASSWORD, HOME), await signIn(ANN, WRONG, HOME)];
    expect(right.status).toBe(429);
    expect(secondsLeft(right)).toBeGreaterThan(0);
    expect(visible(wrong)).toEqual(visible(right));
    expect(verified).not.toHaveBeenCalled();
    await api.signUp({ email: 'bob@example.com' });
    expect((await signIn('bob@example.com', PASSWORD, HOME)).status).toBe(200);
    pass(60);
    expect((await signIn(ANN, PASSWORD, HOME)).status).toBe(200);
  });

  test('are never more than thirty, however many come at once', async () => {
    const { signIn, database } = await startThrottled();
    for (let n = 0; n < 4; n += 1) await Promise.all(Array.from({ length: 20 }, () => signIn(ANN, PASSWORD, HOME)));
    const started = await database.em.fork().count(AuditEvent, { type: 'session.started' });
    expect(started).toBe(30 + 1); // and that of the sign-up
  });
});

describe('quota: changes of credentials', () => {
  test('are ten in an hour, of the password and the address together', async () => {
    const { api, confirm, other, pass, users, user } = await start();
    let { refresh_token: next } = other;
    const token = async () => {
      const tokens = await api.refresh(next);
      next = tokens.refresh_token;
      return tokens.access_token;
    };
    let current = PASSWORD;
    const changePassword = async (wanted: string) => {
      const change = { current_password: current, new_password: wanted };
      const answer = await api.put('/me/password', change, await token());
      if (answer.status < 300) [current, next] = [wanted, answer.body.refresh_token];
      return answer;
    };
    for (let n = 0; n < 5; n += 1) {
      expect((await confirm(await token(), current)).status).toBe(204);
      expect((await changePassword(`password number ${n}`)).status).toBeLessThan(300);
    }
    const before = await users.find(user.id);
    const refusal = await changePassword('one password more');
    expectFailure(refusal, 'problem', 429, 'rate_limited');
    expect((await confirm(await token(), current)).status).toBe(429);
    expect(await users.find(user.id)).toEqual(before);
    pass(3600);
    expect((await changePassword('one password more')).status).toBeLessThan(300);
  });

  test('cannot be used up by a thief who does not know the password, not even by many tries at once', async () => {
    const { confirm, stolen, other } = await start();
    for (let n = 0; n < 5; n += 1) await Promise.all(Array.from({ length: 40 }, () => confirm(stolen.access_token)));
    expect((await confirm(stolen.access_token, PASSWORD)).status).toBe(429);
    expect((await confirm(other.access_token, PASSWORD)).status).toBe(204);
  });
});
