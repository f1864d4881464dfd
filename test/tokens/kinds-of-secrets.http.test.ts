// Every secret is good for one thing: each kind is shown wherever another one is due.
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { User } from '../../src/users/user.ts';
import { startProgram, startWithAdmin } from '../admin/administration.ts';
import { asserted, basic } from '../clients/credentials.ts';
import { type Answer, PASSWORD } from '../harness/api.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import { expectFailure } from '../http/failures.ts';

const NEW_PASSWORD = `${PASSWORD} staple`;

/** Bob's, and those of a program and a list: every kind of secret that leaves the service. */
async function startWithSecrets() {
  const world = await startWithAdmin();
  const { admin, api, bob, clock, database, deliverMails, letters } = world;
  const { email } = bob.user;
  await api.post('/password-reset', { email });
  await deliverMails();
  // The code of a verification resets the password of an unverified address: see mailbox-takeover.http.test.ts.
  await database.em.fork().nativeUpdate(User, { email }, { emailVerifiedAt: clock.now() });
  const program = await startProgram(world, 'program', []);
  const { next_cursor: cursor } = (await admin.get('/admin/users?limit=1')).body;
  const secrets: Record<string, string> = {
    'an access token': bob.tokens.access_token,
    'the identifier of an access token': decodeJwt(bob.tokens.access_token).jti ?? 'none',
    'a refresh token': bob.tokens.refresh_token,
    'a session': bob.tokens.session_id,
    'the code of a reset': codeIn(letterTo(letters, email, /password/i)),
    'the code of a verification': codeIn(letterTo(letters, email, /verify|confirm/i)),
    'the secret of a client': program.secret,
    'the token of a client': program.token,
    'a password': PASSWORD,
    'a cursor': cursor,
  };

  const places: Record<string, (secret: string) => Promise<Answer>> = {
    'a refresh token': (secret) => api.tryRefresh(secret),
    'the code of a reset': (code) => api.post('/password-reset/confirm', { code, password: NEW_PASSWORD }),
    'the code of a verification': (code) => api.post('/email-verification/confirm', { code, password: PASSWORD }),
    'a password': (password) => api.form('/token', { grant_type: 'password', username: email, password }),
    'the secret of a client': (secret) =>
      api.form('/token', { grant_type: 'client_credentials' }, basic('program', secret)),
    'an assertion': (secret) => api.form('/token', { grant_type: 'client_credentials', ...asserted(secret) }),
    'a cursor': (secret) => admin.get(`/admin/users?limit=1&cursor=${encodeURIComponent(secret)}`),
  };
  return { ...world, secrets, places };
}

const refusals: Record<string, readonly ['oauth' | 'problem', number, string]> = {
  'a refresh token': ['oauth', 400, 'invalid_grant'],
  'the code of a reset': ['problem', 400, 'code_invalid'],
  'the code of a verification': ['problem', 400, 'code_invalid'],
  'a password': ['oauth', 400, 'invalid_grant'],
  'the secret of a client': ['oauth', 401, 'invalid_client'],
  'an assertion': ['oauth', 401, 'invalid_client'],
  'a cursor': ['problem', 400, 'invalid_request'],
};

test.each(Object.entries(refusals))('secrets: in place of %s, no other kind is taken', async (due, refusal) => {
  const { secrets, places } = await startWithSecrets();
  const show = places[due];
  if (!show) throw new Error(`Where is ${due} due?`);
  for (const [kind, secret] of Object.entries(secrets)) {
    if (kind === due) continue;
    const answer = await show(secret);
    const [form, status, code] = refusal;
    // A code has at most 256 characters: what is longer is not looked for.
    const tooLong = form === 'problem' && secret.length > 256;
    expectFailure(answer, form, status, tooLong ? 'invalid_request' : code, `${kind} for ${due}`);
  }
  // And where it is due it is still good, whatever was tried before.
  const own = secrets[due];
  if (own !== undefined) expect((await show(own)).status, due).toBeLessThan(300);
});
