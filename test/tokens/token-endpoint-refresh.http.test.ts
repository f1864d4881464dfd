import { expect, test } from 'vitest';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from '../http/failures.ts';

async function startWithUser() {
  const service = await startService();
  const { tokens } = await service.api.signUp();
  return { ...service, tokens };
}

test('token: garbage is invalid_grant, and leaves the real one alone', async () => {
  const { api, tokens } = await startWithUser();
  const token = tokens.refresh_token;
  const body = token.slice(4);
  const other = (letter: string) => (letter === 'A' ? 'B' : 'A');
  const garbage = [
    CANARY,
    'lkr_',
    tokens.access_token,
    tokens.session_id,
    body,
    `lkr_${body.replace(/.$/, other)}`,
    `lkr_${body.replace(/(?<=^.{30})./, other)}`,
    token.slice(0, -1),
    `${token}A`,
    `${token}=`,
    `${token}\n`,
    ` ${token}`,
    `${token} `,
    `${token}\0`,
    token.toUpperCase(),
    token.replace('lkr_', 'LKR_'),
    `lkr_${'A'.repeat(body.length)}`,
    `lkr_${'é'.repeat(body.length)}`,
    'x'.repeat(10_000),
  ];
  for (const refresh_token of garbage) {
    const parameters = { grant_type: 'refresh_token', refresh_token };
    for (const answer of [await api.form('/token', parameters), await api.post('/token', parameters)]) {
      expectFailure(answer, 'oauth', 400, 'invalid_grant', refresh_token);
    }
  }
  expectFailure(await api.tryRefresh(''), 'oauth', 400, 'invalid_request');
  expect(await api.refresh(token)).toMatchObject({ session_id: tokens.session_id });
});

test('token: a key that is no key is refused and consumes nothing', async () => {
  const { api, sessions, tokens } = await startWithUser();
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
  for (const key of ['', ' ', 'two words', `${CANARY}\t`.repeat(2), 'é', 'x'.repeat(256)]) {
    const answer = await api.form('/token', refresh, { 'Idempotency-Key': key });
    expectFailure(answer, 'oauth', 400, 'invalid_request', key);
  }
  expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 0, retryKeyHash: null });
});
