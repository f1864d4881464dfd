// Two people sign up with one address: its owner, who reads the mailbox, and an attacker, who does not. In whatever order
// things happen, the owner gets the account, and nothing of the attacker's is left in it.
import { describe, expect, test } from 'vitest';
import { Session } from '../../src/sessions/session.ts';
import type { Answer } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { type RunningService, startService } from '../harness/service.ts';
import { ANN, codeInvalid, openMailbox } from './mailbox.ts';

const OWNERS = 'the password of the owner';
const ATTACKERS = 'the password of the attacker';
const CHOSEN = 'what the owner chooses at last';

const modes = {
  friendly: {},
  'friendly, verification required': { EMAIL_VERIFICATION: 'required' },
  strict: { SIGNUP_DISCLOSURE: 'strict', EMAIL_VERIFICATION: 'required' },
};

interface World extends RunningService {
  readonly codes: string[];
  /** Signs up, and keeps the tokens of the one who got some. */
  signUp(password: string): Promise<Answer>;
  /** The owner reads the mailbox. */
  readMail(): Promise<void>;
}

async function startWorld(env: Record<string, string>) {
  const service = await startService({ env });
  const mailbox = openMailbox(service);
  const codes: string[] = [];
  const tokens: Record<string, string> = {};
  const signUp = async (password: string) => {
    const answer = await service.api.post('/signup', { email: ANN, password });
    const token = answer.body?.tokens?.access_token;
    if (token) tokens[password] = token;
    return answer;
  };
  const readMail = async () => {
    for (const letter of await mailbox.newLetters()) {
      if (letter.text.includes('code=')) codes.push(codeIn(letter));
    }
  };
  return { ...service, ...mailbox, codes, tokens, signUp, readMail };
}

/** What the two do before the owner opens the newest link. */
const orders: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'the attacker first, and the owner never signs up': async ({ signUp, readMail }) => {
    await signUp(ATTACKERS);
    await readMail();
  },
  'the attacker first, whose mail has come': async ({ signUp, readMail }) => {
    await signUp(ATTACKERS);
    await readMail();
    await signUp(OWNERS);
    await readMail();
  },
  'the attacker first, whose mail still waits': async ({ signUp, readMail }) => {
    await signUp(ATTACKERS);
    await signUp(OWNERS);
    await readMail();
  },
  'the owner first, and the attacker later': async ({ signUp, readMail }) => {
    await signUp(OWNERS);
    await readMail();
    await signUp(ATTACKERS);
    await readMail();
  },
  'the owner first, and the attacker at once': async ({ signUp, readMail }) => {
    await signUp(OWNERS);
    await signUp(ATTACKERS);
    await readMail();
  },
  'both in the same moment': async ({ signUp, readMail }) => {
    await Promise.all([signUp(ATTACKERS), signUp(OWNERS)]);
    await readMail();
  },
};

const table = Object.entries(modes).flatMap(([mode, env]) =>
  Object.entries(orders).map(([order, act]) => ({ mode, env, order, act })),
);

describe.each(table)('$mode: $order', ({ env, act }) => {
  test('the owner who chooses a password has the account alone', async () => {
    const world = await startWorld(env);
    const { api, codes, tokens, reset, database } = world;
    await act(world);
    const newest = codes.at(-1);
    expect((await reset(newest, CHOSEN)).status).toBe(204);

    for (const password of [ATTACKERS, OWNERS]) {
      await expect(api.signIn(ANN, { password })).rejects.toMatchObject({ error: 'invalid_grant' });
    }
    for (const token of Object.values(tokens)) expect((await api.get('/me', token)).status).toBe(401);
    expect(await database.em.fork().count(Session, { endedAt: null })).toBe(0);
    const { access_token } = await api.signIn(ANN, { password: CHOSEN });
    expect(await api.me(access_token)).toMatchObject({ email: ANN, email_verified: true });
  });

  test('the owner who only opens links verifies nothing for the attacker', async () => {
    const world = await startWorld(env);
    const { api, codes, tokens, verify, users } = world;
    await act(world);
    for (const code of codes) {
      const { status, body } = await verify(code, {});
      expect([403, 400]).toContain(status);
      expect(['proof_required', 'code_invalid']).toContain(body.code);
    }
    const [account] = await users.list({ search: '', after: '', limit: 2 });
    expect(account).toMatchObject({ email: ANN, emailVerifiedAt: null });
    for (const token of Object.values(tokens)) {
      expect(await api.me(token)).toMatchObject({ email_verified: false });
    }
  });

  test('of all links only the newest is good', async () => {
    const world = await startWorld(env);
    const { codes, reset, verify } = world;
    await act(world);
    for (const code of codes.slice(0, -1)) {
      expect(await reset(code, CHOSEN)).toMatchObject(codeInvalid);
      for (const password of [ATTACKERS, OWNERS]) expect(await verify(code, { password })).toMatchObject(codeInvalid);
    }
    expect(new Set(codes).size).toBe(codes.length);
    expect((await reset(codes.at(-1), CHOSEN)).status).toBe(204);
  });
});

describe.each(Object.entries(modes))('%s', (_, env) => {
  test('a first sign-up of the owner: the link and the own password verify, and the session goes on', async () => {
    const world = await startWorld(env);
    const { api, codes, tokens, verify, signUp, readMail } = world;
    await signUp(OWNERS);
    await readMail();
    expect(await verify(codes[0], { password: ATTACKERS })).toMatchObject({ status: 400 });
    expect((await verify(codes[0], { password: OWNERS })).status).toBe(204);
    for (const token of Object.values(tokens)) expect(await api.me(token)).toMatchObject({ email_verified: true });
    await api.signIn(ANN, { password: OWNERS });
  });

  test('a verified account: a sign-up of an attacker voids no code and changes nothing', async () => {
    const world = await startWorld(env);
    const { api, codes, verify, signUp, readMail, resetCode, reset, waitAnHour } = world;
    await signUp(OWNERS);
    await readMail();
    await verify(codes[0], { password: OWNERS });
    waitAnHour();
    const code = await resetCode();
    await signUp(ATTACKERS);
    await readMail();
    expect(codes).toHaveLength(1); // no letter with another
    await expect(api.signIn(ANN, { password: ATTACKERS })).rejects.toMatchObject({ status: 400 });
    expect((await reset(code, CHOSEN)).status).toBe(204);
  });

  test('more sign-ups of an attacker than the address gets mails: the newest code stays good', async () => {
    const world = await startWorld(env);
    const { codes, signUp, readMail, reset } = world;
    await signUp(OWNERS);
    for (let times = 0; times < 6; times += 1) {
      await signUp(ATTACKERS);
      await readMail();
    }
    expect(codes).toHaveLength(3);
    expect((await reset(codes.at(-1), CHOSEN)).status).toBe(204);
  });

  test('a change of address that the attacker began: nothing of it is left', async () => {
    const world = await startWorld({ ...env, EMAIL_VERIFICATION: 'optional', SIGNUP_DISCLOSURE: 'friendly' });
    const { api, codes, tokens, signUp, readMail, reset, verify, database } = world;
    await signUp(ATTACKERS);
    await readMail();
    const change = { email: 'eve@evil.example', password: ATTACKERS };
    expect((await api.put('/me/email', change, tokens[ATTACKERS])).status).toBe(204);
    const [verification] = codes;
    await readMail();
    const changing = codes.at(-1);
    expect((await reset(changing, CHOSEN)).body).toMatchObject({ code: 'code_invalid' });
    expect((await reset(verification, CHOSEN)).status).toBe(204);
    expect(await verify(changing, { password: CHOSEN })).toMatchObject(codeInvalid);
    const rows = await database.em.fork().execute('select purpose from one_time_codes where used_at is null');
    expect(rows).toEqual([]);
  });
});
