import { expect, test } from 'vitest';
import { bearer } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

const any = { 'If-None-Match': '*' };

/** Koa has `undefined` for the ETag of an answer without one, which is not equal to an empty text. */
test('not modified: what has no ETag is never said to be known', async () => {
  const { api } = await startService();
  const { tokens } = await api.signUp();
  const paths = ['/livez', '/me', '/me/sessions', '/.well-known/openid-configuration'];
  for (const path of paths) {
    const headers = { ...any, ...bearer(tokens.access_token) };
    expect(await api.send('GET', path, { headers }), path).toMatchObject({ status: 200 });
  }
});

test('not modified: a refresh is answered with its tokens, whatever the condition', async () => {
  const { api } = await startService();
  const { refresh_token } = (await api.signUp()).tokens;
  const answer = await api.form('/token', { grant_type: 'refresh_token', refresh_token }, any);
  expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
});
