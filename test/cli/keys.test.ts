import { expect, test } from 'vitest';
import { latchkey, latchkeyWith } from '../harness/latchkey.ts';
import { newDurableDatabase, startService } from '../harness/service.ts';

const OLD = 'a secret that only the tests may know';
const NEW = 'another secret that only the tests may know';

test('cli: keys are listed, rotated and revoked', async () => {
  const url = await newDurableDatabase();
  const list = async () => JSON.parse((await latchkey(url, ['keys', 'list', '--json'])).stdout);
  const [first] = await list();
  expect(first).toMatchObject({ state: 'active', algorithm: 'ES256', retired_at: null });
  const { stdout } = await latchkey(url, ['keys', 'rotate']);
  const [next] = await list();
  expect(next).toMatchObject({ state: 'pending', activated_at: null });
  const from = new Date(Date.parse(next.created_at) + 11 * 60_000).toISOString();
  expect(stdout).toBe(`${next.kid} is published, and signs from ${from}\n`);
  expect(await latchkey(url, ['keys', 'revoke', first.kid])).toMatchObject({ code: 0, stdout: '' });
  expect((await list()).map(({ state }: { state: string }) => state)).toEqual(['active', 'revoked']);
  const again = await latchkey(url, ['keys', 'revoke', first.kid]);
  expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('revoked already') });
});

test('cli: after a secret has been rotated, the old one can leave, and nobody notices', async () => {
  const databaseUrl = await newDurableDatabase();
  const env = { ISSUER: 'https://id.example' };
  const before = await startService({ databaseUrl, env: { ...env, SECRETS: OLD } });
  const { tokens } = await before.api.signUp({ email: 'ann@example.com' });
  await before.stop();

  const both = `${NEW},${OLD}`;
  const rotated = await latchkeyWith({ DATABASE_URL: databaseUrl, SECRETS: both }, ['secrets', 'rotate']);
  expect(rotated).toMatchObject({ code: 0, stdout: 'Sealed anew: 1 keys, 1 mails that wait.\n' });
  const during = await startService({ databaseUrl, env: { ...env, SECRETS: both }, clock: before.clock });
  const { refresh_token } = await during.api.refresh(tokens.refresh_token);
  await during.stop();

  const after = await startService({ databaseUrl, env: { ...env, SECRETS: NEW }, clock: before.clock });
  await after.api.me((await after.api.refresh(refresh_token)).access_token);
  await after.deliverMails();
  expect(after.letters).toMatchObject([{ to: 'ann@example.com' }]);
});
