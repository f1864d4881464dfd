// A mailed code shows who reads the mailbox. To verify an address, a request needs a proof of the account too.
import { describe, expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { PASSWORD } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { ANN, BOB, codeInvalid, NEW_ADDRESS, readTables, startWithAnn, withoutTries } from './mailbox.ts';

const ISSUER = 'http://localhost:3000';
const ownApp = { ...secondClient, id: 'own-app', audiences: [ISSUER] };
const program = { ...backend, audiences: [ISSUER] };

const proofRequired = { status: 403, body: { code: 'proof_required' } };
const invalidToken = { status: 401, body: { code: 'invalid_token' } };
const passwordWrong = { status: 400, body: { code: 'password_wrong' } };

describe.each(['verification', 'e-mail change'] as const)('%s', (purpose) => {
  /** Ann with a code, and what it has not done yet. */
  async function startWithCode(env: Record<string, string> = {}) {
    const service = await startWithAnn({ env: { ISSUER, ...env }, clients: [program, ownApp, secondClient] });
    const { api, tokens, changeCode } = service;
    const code = purpose === 'verification' ? service.code : await changeCode(tokens);
    const me = async () => {
      const { email, email_verified } = await api.me(tokens.access_token);
      return { email, email_verified };
    };
    const done = { email: purpose === 'verification' ? ANN : NEW_ADDRESS, email_verified: true };
    /** Ann signed up on another network, so that tries from here are those of a stranger. */
    const forgetNetwork = () => service.database.em.execute("update sessions set ip = '192.0.2.1'");
    return { ...service, code, me, forgetNetwork, undone: { email: ANN, email_verified: false }, done };
  }

  test(`${purpose}: the code alone, 403 and the code stays valid`, async () => {
    const service = await startWithCode();
    const { verify, code, me, tokens, undone, done } = service;
    const before = await readTables(service);
    expect(await verify(code, {})).toMatchObject(proofRequired);
    expect(await readTables(service)).toEqual(before);
    expect(await me()).toEqual(undone);
    expect((await verify(code, {}, tokens.access_token)).status).toBe(204);
    expect(await me()).toEqual(done);
  });

  test(`${purpose}: with the password of the account, it is done`, async () => {
    const { verify, code, me, done } = await startWithCode();
    expect((await verify(code, { password: PASSWORD })).status).toBe(204);
    expect(await me()).toEqual(done);
  });

  test(`${purpose}: with a token of another client's session, it is done`, async () => {
    const { api, verify, code, me, done } = await startWithCode();
    const elsewhere = await api.signIn(ANN, { client_id: secondClient.id });
    expect(await verify(code, {}, elsewhere.access_token)).toMatchObject(invalidToken); // of another audience
    const { access_token } = await api.signIn(ANN, { client_id: ownApp.id });
    expect((await verify(code, {}, access_token)).status).toBe(204);
    expect(await me()).toEqual(done);
  });

  test(`${purpose}: with the token of another account or of a client, 403`, async () => {
    const service = await startWithCode();
    const { api, verify, code, me, secrets, undone } = service;
    const bob = await api.signUp({ email: BOB });
    const credentials = { client_id: program.id, client_secret: secrets[program.id] ?? '' };
    const client = await api.form('/token', { grant_type: 'client_credentials', ...credentials });
    for (const token of [bob.tokens.access_token, client.body.access_token]) {
      expect(await verify(code, {}, token)).toMatchObject(proofRequired);
    }
    expect(await me()).toEqual(undone);
  });

  test(`${purpose}: with a token that is good for nothing, 401, and the password still helps`, async () => {
    const { api, verify, code, me, tokens, clock, undone, done } = await startWithCode();
    const loggedOut = await api.signIn(ANN);
    await api.post('/logout', { refresh_token: loggedOut.refresh_token });
    const revoked = await api.signIn(ANN);
    await api.form('/revoke', { token: revoked.access_token, client_id: 'first-party' });
    const dead = [loggedOut.access_token, revoked.access_token, `${tokens.access_token}x`, 'x', tokens.refresh_token];
    for (const token of dead) expect(await verify(code, {}, token), token).toMatchObject(invalidToken);
    const basic = { Authorization: 'Basic eDp5' };
    expect(await api.post('/email-verification/confirm', { code }, basic)).toMatchObject(invalidToken);
    expect(await me()).toEqual(undone);
    const expired = tokens.access_token;
    const fresh = await api.refresh(tokens.refresh_token);
    clock.advance({ minutes: 6 });
    expect(await verify(code, {}, expired)).toMatchObject(invalidToken);
    expect((await verify(code, { password: PASSWORD }, expired)).status).toBe(204);
    const { access_token } = await api.refresh(fresh.refresh_token);
    expect(await api.me(access_token)).toMatchObject(done);
  });

  test(`${purpose}: with a wrong password, 400 also beside a good token, and the code stays valid`, async () => {
    const service = await startWithCode();
    const { verify, code, tokens, database } = service;
    const before = await readTables(service);
    expect(await verify(code, { password: 'wrong horse' })).toMatchObject(passwordWrong);
    expect(await verify(code, { password: 'wrong horse' }, tokens.access_token)).toMatchObject(passwordWrong);
    expect(withoutTries(await readTables(service))).toEqual(before);
    expect(await database.em.fork().count(AuditEvent, { type: 'sign_in.failed' })).toBe(2);
    expect((await verify(code, { password: PASSWORD })).status).toBe(204);
  });

  test(`${purpose}: wrong passwords are counted with those of sign-ins`, async () => {
    const { api, verify, code, tokens, me, forgetNetwork, undone, done } = await startWithCode({ RATE_LIMITS: 'on' });
    await forgetNetwork();
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await verify(code, { password: 'wrong horse' })).toMatchObject(passwordWrong);
      await expect(api.signIn(ANN, { password: 'wrong horse' })).rejects.toMatchObject({ status: 400 });
    }
    expect(await verify(code, { password: PASSWORD })).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    await expect(api.signIn(ANN)).rejects.toMatchObject({ status: 429 });
    expect(await me()).toEqual(undone);
    expect((await verify(code, {}, tokens.access_token)).status).toBe(204);
    expect(await me()).toEqual(done);
    await api.signIn(purpose === 'verification' ? ANN : NEW_ADDRESS); // mailbox and account are proved: tries are forgiven
  });

  test(`${purpose}: without proof, tries are not forgiven`, async () => {
    const { api, verify, code, forgetNetwork } = await startWithCode({ RATE_LIMITS: 'on' });
    await forgetNetwork();
    for (let tries = 0; tries < 20; tries += 1) {
      await expect(api.signIn(ANN, { password: 'wrong horse' })).rejects.toMatchObject({ status: 400 });
    }
    expect(await verify(code, {})).toMatchObject(proofRequired);
    await expect(api.signIn(ANN)).rejects.toMatchObject({ status: 429 });
  });

  test(`${purpose}: a locked password proves nothing`, async () => {
    const { verify, code, database, forgetNetwork } = await startWithCode();
    await forgetNetwork();
    await database.em.execute('update users set password_locked_at = created_at where email = ?', [ANN]);
    expect(await verify(code, { password: PASSWORD })).toMatchObject(passwordWrong);
  });

  test(`${purpose}: an unknown code is invalid, whatever is sent with it`, async () => {
    const service = await startWithCode();
    const { verify, tokens, api } = service;
    const bob = await api.signUp({ email: BOB });
    const before = await readTables(service);
    const unknown = 'A'.repeat(43);
    expect(await verify(unknown, {})).toMatchObject(codeInvalid);
    expect(await verify(unknown, { password: 'wrong horse' })).toMatchObject(codeInvalid);
    for (const token of [tokens.access_token, bob.tokens.access_token, 'x']) {
      expect(await verify(unknown, {}, token)).toMatchObject(codeInvalid);
    }
    expect(await readTables(service)).toEqual(before);
  });

  test(`${purpose}: a password that is no text, 400`, async () => {
    const { verify, code } = await startWithCode();
    for (const password of [null, 1, [PASSWORD], {}]) {
      expect(await verify(code, { password })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
    expect((await verify(code)).status).toBe(204);
  });
});

describe('codes: submitted again', () => {
  test('verification: within a minute the same answer, then 409 until the code expires', async () => {
    const service = await startWithAnn();
    const { verify, code, clock } = service;
    expect((await verify(code)).status).toBe(204);
    const before = await readTables(service);
    clock.advance({ seconds: 59 });
    for (const proof of [{ password: PASSWORD }, {}, { password: 'wrong horse' }]) {
      expect((await verify(code, proof)).status).toBe(204);
    }
    clock.advance({ seconds: 1 });
    for (const proof of [{ password: PASSWORD }, {}]) {
      expect(await verify(code, proof)).toMatchObject({ status: 409, body: { code: 'already_verified' } });
    }
    clock.advance({ hours: 23, minutes: 58, seconds: 59 });
    expect(await verify(code, {})).toMatchObject({ status: 409 });
    clock.advance({ seconds: 1 });
    expect(await verify(code)).toMatchObject(codeInvalid);
    expect(await readTables(service)).toEqual(before);
  });

  test('verification: a used code resets no password', async () => {
    const service = await startWithAnn();
    const { verify, reset, code } = service;
    await verify(code);
    const before = await readTables(service);
    expect(await reset(code)).toMatchObject(codeInvalid);
    expect(await readTables(service)).toEqual(before);
  });

  test('verification: after a change of address, the used code of the old one is invalid', async () => {
    const { verify, code, tokens, changeCode } = await startWithAnn();
    await verify(code);
    await verify(await changeCode(tokens));
    expect(await verify(code)).toMatchObject(codeInvalid);
  });

  test('verification: of a disabled user, the used code is invalid', async () => {
    const { verify, code, disable, user } = await startWithAnn();
    await verify(code);
    await disable(user.id);
    expect(await verify(code)).toMatchObject(codeInvalid);
  });

  test('reset: a code is used once, and the same code of a verification once', async () => {
    const { reset, resetCode, code, verify, clock } = await startWithAnn();
    expect((await reset(code)).status).toBe(204);
    expect(await reset(code)).toMatchObject(codeInvalid);
    expect((await verify(code, {})).status).toBe(204); // of the verification, which is done
    clock.advance({ minutes: 1 });
    expect(await verify(code, {})).toMatchObject({ status: 409, body: { code: 'already_verified' } });
    const mailed = await resetCode();
    expect((await reset(mailed)).status).toBe(204);
    expect(await reset(mailed)).toMatchObject(codeInvalid);
  });
});
