// A token that is not good any more, or is none of the caller's business: nothing is said of it but that.
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { RegisteredClient } from '../../src/clients/registered-client.ts';
import { RevokedAccessToken } from '../../src/tokens/revoked-access-token.ts';
import { User } from '../../src/users/user.ts';
import { NEW_PASSWORD } from '../accounts/mailbox.ts';
import { bearer, PASSWORD } from '../harness/api.ts';
import { backend, secondClient } from '../harness/clients.ts';
import { codeIn } from '../harness/letters.ts';
import { gateway, inactive, monitor, portal, startAsking } from './asking.ts';

const TTL_SECONDS = 300;
/** How far clocks may be apart. */
const LEEWAY_SECONDS = 10;

/** Somebody who is signed in. */
async function startSignedIn() {
  const service = await startAsking();
  const { user, tokens } = await service.signUpThrough(portal);
  return { ...service, user, tokens };
}

type World = Awaited<ReturnType<typeof startSignedIn>>;

const copied = async ({ refreshThrough, tokens, clock }: World) => {
  await refreshThrough(portal, tokens.refresh_token);
  clock.advance({ minutes: 1 });
  return refreshThrough(portal, tokens.refresh_token);
};

async function resetPassword({ api, user, deliverMails, letters }: World) {
  await deliverMails(); // the welcome
  await api.post('/password-reset', { email: user.email });
  await deliverMails();
  return api.post('/password-reset/confirm', { code: codeIn(letters.at(-1)), password: NEW_PASSWORD });
}

async function changePassword({ api, user }: World) {
  const { access_token } = await api.signIn(user.email);
  return api.put('/me/password', { current_password: PASSWORD, new_password: NEW_PASSWORD }, access_token);
}

async function logOutElsewhere({ api, user }: World) {
  const { access_token } = await api.signIn(user.email);
  return api.post('/logout', { sessions: 'all' }, bearer(access_token));
}

const disableUser = ({ database, clock, user: { id } }: World) =>
  database.em.fork().nativeUpdate(User, { id }, { disabledAt: clock.now() });

const disableClient = ({ database, clock }: Pick<World, 'database' | 'clock'>, { id } = portal) =>
  database.em.fork().nativeUpdate(RegisteredClient, { id }, { disabledAt: clock.now() });

describe('what ends a session', () => {
  test.each<[string, (world: World) => Promise<unknown>]>([
    ['logged out', ({ api, tokens }) => api.post('/logout', { refresh_token: tokens.refresh_token })],
    ['logged out everywhere', logOutElsewhere],
    ['ended in the list', ({ api, tokens }) => api.del(`/me/sessions/${tokens.session_id}`, {}, tokens.access_token)],
    ['refresh token revoked', ({ revoke, tokens }) => revoke(tokens.refresh_token, portal)],
    ['refresh token copied', copied],
    ['password reset', resetPassword],
    ['password changed', changePassword],
    ['user disabled', disableUser],
    ['user deleted', ({ api, tokens }) => api.del('/me', { password: PASSWORD }, tokens.access_token)],
    ['client disabled', (world) => disableClient(world)],
  ])('introspection: %s, neither token is active', async (_, end) => {
    const world = await startSignedIn();
    const states = () => world.tell([world.tokens.access_token, world.tokens.refresh_token], monitor);
    expect((await states()).map(({ active }) => active)).toEqual([true, true]);
    await end(world);
    expect(await states()).toEqual([inactive, inactive]);
  });

  test('introspection: idle for too long, inactive from the very second', async () => {
    const { tell, signUpThrough, clock } = await startAsking({ env: { SESSION_IDLE_TTL: '2m' } });
    const { tokens } = await signUpThrough(portal);
    const both = [tokens.access_token, tokens.refresh_token];
    clock.advance({ seconds: 119 });
    expect((await tell(both, monitor)).map(({ active }) => active)).toEqual([true, true]);
    clock.advance({ seconds: 1 });
    expect(await tell(both, monitor)).toEqual([inactive, inactive]);
  });

  test('introspection: at the absolute end, inactive however lately it was used', async () => {
    const env = { SESSION_IDLE_TTL: '2m', SESSION_TTL: '3m' };
    const { tell, signUpThrough, refreshThrough, clock } = await startAsking({ env });
    const { tokens } = await signUpThrough(portal);
    clock.advance({ seconds: 119 });
    const { body } = await refreshThrough(portal, tokens.refresh_token);
    const both = [body.access_token, body.refresh_token];
    clock.advance({ seconds: 60 });
    expect((await tell(both, monitor)).map(({ active }) => active)).toEqual([true, true]);
    clock.advance({ seconds: 1 });
    expect(await tell(both, monitor)).toEqual([inactive, inactive]);
  });
});

describe('a token by itself', () => {
  test('introspection: an access token that expired, inactive when the leeway is over', async () => {
    const { tell, tokens, ownToken, clock } = await startSignedIn();
    const both = [tokens.access_token, await ownToken(backend)];
    clock.advance({ seconds: TTL_SECONDS + LEEWAY_SECONDS - 1 });
    expect((await tell(both, monitor)).map(({ active }) => active)).toEqual([true, true]);
    clock.advance({ seconds: 1 });
    expect(await tell(both, monitor)).toEqual([inactive, inactive]);
  });

  test('introspection: an access token whose identifier is revoked, inactive alone', async () => {
    const { tell, tokens, ownToken, database, clock } = await startSignedIn();
    const tokensOfBoth = [tokens.access_token, await ownToken(backend), tokens.refresh_token, await ownToken(backend)];
    const revoked = tokensOfBoth.slice(0, 2).map((token) => decodeJwt(token).jti ?? '');
    const expiresAt = clock.now();
    await database.em.fork().insertMany(
      RevokedAccessToken,
      revoked.map((jti) => ({ jti, expiresAt })),
    );
    const states = await tell(tokensOfBoth, monitor);
    expect(states).toEqual([inactive, inactive, { ...states[2], active: true }, { ...states[3], active: true }]);
  });

  test('introspection: a token of a client that was disabled, inactive', async () => {
    const world = await startSignedIn();
    const token = await world.ownToken(backend);
    expect(await world.tell([token], monitor)).toMatchObject([{ active: true }]);
    await disableClient(world, backend);
    expect(await world.tell([token], monitor)).toEqual([inactive]);
  });

  test('introspection: a client that was disabled is told nothing', async () => {
    const world = await startSignedIn();
    await disableClient(world, gateway);
    const answer = await world.introspect(world.tokens.access_token, gateway);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('introspection: a refresh token that has a successor, inactive beside it', async () => {
    const { tell, refreshThrough, tokens } = await startSignedIn();
    const { body } = await refreshThrough(portal, tokens.refresh_token);
    const states = await tell([tokens.refresh_token, body.refresh_token, tokens.access_token], portal);
    expect(states).toMatchObject([inactive, { active: true }, { active: true }]);
    expect(states[0]).toEqual(inactive);
  });
});

describe('none of the caller’s business', () => {
  test('introspection: a token for an audience that the caller has not, inactive', async () => {
    const { api, tell, signInThrough } = await startAsking();
    const { user, tokens } = await api.signUp();
    const forNotes = await signInThrough(secondClient, user.email);
    const both = [tokens.access_token, forNotes.access_token];
    expect(await tell(both, gateway)).toMatchObject([{ active: true }, inactive]);
    expect(await tell(both, backend)).toMatchObject([inactive, { active: true }]);
    expect((await tell(both, gateway))[1]).toEqual(inactive);
  });

  test('introspection: a refresh token of another client, inactive even for its audience', async () => {
    const { tell, tokens } = await startSignedIn();
    expect(await tell([tokens.refresh_token], gateway)).toEqual([inactive]);
    expect(await tell([tokens.refresh_token], portal)).toMatchObject([{ active: true }]);
  });
});
