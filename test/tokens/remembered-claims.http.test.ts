// A token whose signature was found good is not verified again; all the rest is looked at each time.
import { expect, test } from 'vitest';
import { theService } from '../../src/platform/origin.ts';
import { newId } from '../../src/platform/random.ts';
import { createAccessTokens } from '../../src/tokens/access-tokens.ts';
import { createVerifiedClaims } from '../../src/tokens/verified-claims.ts';
import { bearer } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

async function startSeen() {
  const service = await startService();
  const { tokens, user } = await service.api.signUp();
  const me = async () => (await service.api.get('/me', tokens.access_token)).status;
  expect(await me()).toBe(200);
  return { ...service, tokens, user, me };
}

test('remembered claims: a token that was seen dies at its end', async () => {
  const { clock, me } = await startSeen();
  clock.advance({ minutes: 5, seconds: 9 });
  expect(await me()).toBe(200);
  clock.advance({ seconds: 1 });
  expect(await me()).toBe(401);
});

test('remembered claims: a token that was seen is refused when it is from the future', async () => {
  const { clock, me } = await startSeen();
  clock.advance({ seconds: -11 });
  expect(await me()).toBe(401);
});

test('remembered claims: a token that was seen dies with its session', async () => {
  const { api, tokens, me } = await startSeen();
  await api.post('/logout', {}, bearer(tokens.access_token));
  expect(await me()).toBe(401);
});

test('remembered claims: a token that was seen dies with its key', async () => {
  const { keys, me } = await startSeen();
  await keys.revoke(keys.signer().kid, theService());
  expect(await me()).toBe(401);
});

test('remembered claims: a token that differs in its signature is another one', async () => {
  const { api, tokens } = await startSeen();
  const forged = tokens.access_token.replace(/\.[^.]+$/, `.${'A'.repeat(86)}`);
  expect((await api.get('/me', forged)).status).toBe(401);
});

test('remembered claims: of a token that was issued here, what another instance reads in it', async () => {
  const { keys, clock, config } = await startService();
  const instance = () => createAccessTokens({ keys, now: clock.now, issuer: config.issuer });
  const [here, there] = [instance(), instance()];
  const session = { id: newId(), userId: newId(), authTime: clock.now(), amr: ['pwd'] };
  const common = { clientId: 'reports', audience: config.issuer, scope: 'orders:read', ttlSeconds: 300 };
  for (const person of [null, { session, roles: ['user', 'admin'] }]) {
    const token = await here.issue({ ...common, person });
    const read = await there.readForAnyone(token);
    expect(read).toMatchObject({ clientId: 'reports', sid: person ? session.id : null });
    expect(await here.readForAnyone(token)).toEqual(read);
  }
});

test('remembered claims: only so many are', async () => {
  const { find, remember } = createVerifiedClaims<number>();
  const keys = (await startService()).keys.published();
  for (let n = 0; n <= 2_000; n += 1) remember(keys, `token ${n}`, n);
  expect([find(keys, 'token 0'), find(keys, 'token 1'), find(keys, 'token 2000')]).toEqual([null, 1, 2000]);
});
