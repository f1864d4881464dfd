// Revocation by clients that prove who they are (RFC 7009), and how far it reaches.
import { describe, expect, test } from 'vitest';
import { backend, secondClient } from '../harness/clients.ts';
import { onPostgres } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';
import { stopWriting, takeAway } from '../http/stop-writing.ts';
import { basic, inactive, monitor, portal, startAsking } from './asking.ts';
import { twinOf } from './forgeries.ts';

const done = { status: 200, text: '' };

/** Somebody who is signed in through a client that keeps a secret. */
async function startSignedIn() {
  const service = await startAsking();
  const { user, tokens } = await service.signUpThrough(portal);
  const activity = async (...asked: string[]) => (await service.tell(asked, monitor)).map(({ active }) => active);
  return { ...service, user, tokens, activity };
}

describe('its own tokens', () => {
  test('revocation: of its own token, empty answer, and inactive and refused where it was good', async () => {
    const { api, tell, ownToken, revoke, activity } = await startSignedIn();
    const [token, other] = [await ownToken(portal), await ownToken(portal)];
    expect(await api.get('/me', token)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(await revoke(token, portal)).toMatchObject(done);
    expect(await tell([token], portal)).toEqual([inactive]);
    expect(await api.get('/me', token)).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
    expect(await activity(other)).toEqual([true]);
  });

  test('revocation: of the access token of a person, the session and its other tokens live', async () => {
    const { api, revoke, refreshThrough, tokens, activity } = await startSignedIn();
    const { body: next } = await refreshThrough(portal, tokens.refresh_token);
    expect(await revoke(tokens.access_token, portal)).toMatchObject(done);
    expect(await activity(tokens.access_token, next.access_token, next.refresh_token)).toEqual([false, true, true]);
    expect(await api.get('/me', tokens.access_token)).toMatchObject({ status: 401 });
    expect(await api.get('/me', next.access_token)).toMatchObject({ status: 200 });
    expect(await refreshThrough(portal, next.refresh_token)).toMatchObject({ status: 200 });
  });

  test('revocation: of the refresh token, every token of the session dies, and of no other', async () => {
    const { api, revoke, refreshThrough, signInThrough, user, tokens, activity } = await startSignedIn();
    const elsewhere = await signInThrough(portal, user.email);
    const { body: next } = await refreshThrough(portal, tokens.refresh_token);
    expect(await revoke(next.refresh_token, portal)).toMatchObject(done);
    const dead = [tokens.access_token, next.access_token, next.refresh_token];
    expect(await activity(...dead)).toEqual([false, false, false]);
    for (const token of dead.slice(0, 2)) expect(await api.get('/me', token)).toMatchObject({ status: 401 });
    const refused = { status: 400, body: { error: 'invalid_grant', reason: 'logged_out' } };
    expect(await refreshThrough(portal, next.refresh_token)).toMatchObject(refused);
    expect(await activity(elsewhere.access_token, elsewhere.refresh_token)).toEqual([true, true]);
  });

  test('revocation: the same token with the other signature, as dead', async () => {
    const { api, revoke, tokens, ownToken, activity } = await startSignedIn();
    for (const token of [tokens.access_token, await ownToken(portal)]) {
      const twin = twinOf(token);
      expect(twin).not.toBe(token);
      expect(await activity(twin)).toEqual([true]);
      expect(await revoke(token, portal)).toMatchObject(done);
      expect(await activity(twin, token)).toEqual([false, false]);
      expect(await api.get('/me', twin)).toMatchObject({ status: 401 });
    }
  });

  test('revocation: by the other signature, the token itself is dead', async () => {
    const { revoke, tokens, activity } = await startSignedIn();
    expect(await revoke(twinOf(tokens.access_token), portal)).toMatchObject(done);
    expect(await activity(tokens.access_token, tokens.refresh_token)).toEqual([false, true]);
  });

  test.each(['access_token', 'refresh_token', 'nonsense'])('revocation: hinted at as %s, the same', async (hint) => {
    const { revoke, tokens, ownToken, activity } = await startSignedIn();
    const own = await ownToken(portal);
    expect(await revoke(own, portal, { token_type_hint: hint })).toMatchObject(done);
    expect(await activity(own, tokens.access_token, tokens.refresh_token)).toEqual([false, true, true]);
    expect(await revoke(tokens.refresh_token, portal, { token_type_hint: hint })).toMatchObject(done);
    expect(await activity(tokens.access_token, tokens.refresh_token)).toEqual([false, false]);
  });

  test('revocation: of what is unknown, garbage, expired or revoked already, the same answer', async () => {
    const { revoke, tokens, ownToken, clock } = await startSignedIn();
    const stranger = await startSignedIn();
    const [expired, foreign] = [await ownToken(portal), await stranger.ownToken(portal)];
    clock.advance({ minutes: 6 });
    const revoked = await ownToken(portal);
    await revoke(revoked, portal);
    await revoke(tokens.refresh_token, portal);
    const dead = [expired, revoked, tokens.refresh_token, tokens.access_token];
    for (const token of [...dead, foreign, stranger.tokens.refresh_token, 'garbage', 'a.b.c', 'lkr_', '\0']) {
      expect(await revoke(token, portal), token).toMatchObject(done);
    }
  });
});

describe('tokens of others', () => {
  test('revocation: of the tokens of another client, refused and without effect', async () => {
    const { api, revoke, tokens, ownToken, activity } = await startSignedIn();
    const publicTokens = (await api.signUp()).tokens;
    const others = [tokens.access_token, tokens.refresh_token, await ownToken(portal), publicTokens.access_token];
    for (const token of others) {
      expectFailure(await revoke(token, backend), 'oauth', 400, 'unauthorized_client');
    }
    expect(await activity(...others)).toEqual([true, true, true, true]);
  });

  test('revocation: by a public client of what is not its own, silent and without effect', async () => {
    const { revoke, tokens, ownToken, activity } = await startSignedIn();
    const others = [tokens.access_token, tokens.refresh_token, await ownToken(portal)];
    for (const token of others) expect(await revoke(token, secondClient)).toMatchObject(done);
    expect(await activity(...others)).toEqual([true, true, true]);
  });

  test('revocation: with the right to ask about everything, no right to end anything', async () => {
    const { revoke, tokens, activity } = await startSignedIn();
    const both = [tokens.access_token, tokens.refresh_token];
    for (const token of both) expect(await revoke(token, monitor)).toMatchObject({ status: 400 });
    expect(await activity(...both)).toEqual([true, true]);
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['the name alone', { client_id: portal.id }, {}],
    ['a wrong secret', { client_id: portal.id, client_secret: 'wrong' }, {}],
    ['a wrong secret in the header', {}, basic(portal.id, 'wrong')],
  ])('revocation: with %s, refused and without effect', async (_, parameters, headers) => {
    const { api, tokens, activity } = await startSignedIn();
    const both = [tokens.access_token, tokens.refresh_token];
    for (const token of both) {
      const answer = await api.form('/revoke', { token, ...parameters }, headers);
      expectFailure(answer, 'oauth', 401, 'invalid_client');
    }
    expect(await activity(...both)).toEqual([true, true]);
  });
});

describe('our own trouble', () => {
  test('revocation: the database takes nothing in, our own trouble, and the tokens are still active', async () => {
    const service = await startSignedIn();
    const { revoke, ownToken, tokens, activity } = service;
    const all = [await ownToken(portal), tokens.access_token, tokens.refresh_token];
    const resume = await stopWriting(service);
    for (const token of all) {
      const answer = await revoke(token, portal);
      expectFailure(answer, 'oauth', 503, 'temporarily_unavailable');
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    }
    expect(await activity(...all)).toEqual([true, true, true]);
    await resume();
    expect(await activity(...all)).toEqual([true, true, true]);
    for (const token of all) expect(await revoke(token, portal)).toMatchObject(done);
    expect(await activity(...all)).toEqual([false, false, false]);
  });

  test.runIf(onPostgres)('revocation: the database is gone, our own trouble and not the fault of anyone', async () => {
    const service = await startSignedIn();
    const { revoke, introspect, tokens, activity } = service;
    const both = [tokens.access_token, tokens.refresh_token];
    const giveBack = await takeAway(service);
    for (const token of both) {
      for (const answer of [await revoke(token, portal), await introspect(token, monitor)]) {
        expectFailure(answer, 'oauth', 503, 'temporarily_unavailable');
        expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      }
    }
    await giveBack();
    expect(await activity(...both)).toEqual([true, true]);
  });
});
