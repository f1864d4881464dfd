// What else can happen to a request for tokens: members of another grant, and an answer that nobody hears.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { basic } from '../clients/credentials.ts';
import { PASSWORD } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';

test('token: a client that asks for a token of its own is not given that of a user it names', async () => {
  const { api, database, secrets, sessions } = await startService({ clients: [{ ...backend, audiences: [] }] });
  const { user } = await api.signUp();
  const { id } = backend;
  const named = { username: user.email, password: PASSWORD, remember_me: 'true', refresh_token: 'x', sub: user.id };
  const parameters = { grant_type: 'client_credentials', ...named };
  const { status, body } = await api.form('/token', parameters, basic(id, secrets[id] ?? 'none'));
  expect(status).toBe(200);
  expect(body).not.toHaveProperty('refresh_token');
  expect(body).not.toHaveProperty('session_id');
  expect(await api.get('/me', body.access_token)).toMatchObject({ status: 403 });
  expect(await sessions.listLive(database.em.fork(), user.id)).toHaveLength(1); // that of the sign-up
});

test.each(['/revoke', '/introspect'])('token: two tokens at once are malformed at %s', async (path) => {
  const { api, secrets } = await startService({ clients: [backend] });
  const { tokens } = await api.signUp();
  const pair = new URLSearchParams({ token: tokens.refresh_token }).toString();
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    ...basic(backend.id, secrets[backend.id] ?? 'none'),
  };
  for (const body of [`${pair}&${pair}`, `${pair}&token=`, `token&${pair}`]) {
    expectFailure(await api.send('POST', path, { headers, body }), 'oauth', 400, 'invalid_request', body);
  }
  await api.refresh(tokens.refresh_token);
});

test('token: whoever did not hear the answer asks again, and is given the same', async () => {
  const { api, sessions } = await startService();
  const { tokens } = await api.signUp();
  const { session_id, refresh_token } = tokens;
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token }).toString();
  const fields = ['Host: x', 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`];
  const socket = connect(Number(new URL(api.baseUrl).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`POST /token HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  await vi.waitFor(async () => expect(await sessions.find(session_id)).toMatchObject({ generation: 1 }), 5_000);
  const again = await api.refresh(refresh_token);
  expect(await sessions.find(session_id)).toMatchObject({ generation: 1, endedAt: null });
  expect((await api.refresh(refresh_token)).refresh_token).toBe(again.refresh_token);
  await api.refresh(again.refresh_token);
});
