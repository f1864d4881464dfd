import { describe, expect, test } from 'vitest';
import { type Answer, type Api, PASSWORD } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { CANARY, expectFailure } from '../http/failures.ts';

const EMAIL = 'iris@example.com';
const signIn = { grant_type: 'password', username: EMAIL, password: PASSWORD };

/** One user with a name of her own; `signIn` is what she would send. */
async function startWithIris() {
  const service = await startService({ clients: [secondClient] });
  const { tokens, user } = await service.api.signUp({ email: EMAIL, preferred_username: 'iris' });
  return { ...service, tokens, user };
}

/** By form and by JSON. */
function both(api: Api, parameters: Record<string, string>): Promise<Answer[]> {
  return Promise.all([api.form('/token', parameters), api.post('/token', parameters)]);
}

async function expectAll(api: Api, all: readonly Record<string, string>[], error: string): Promise<void> {
  for (const parameters of all) {
    for (const answer of await both(api, parameters)) {
      expectFailure(answer, 'oauth', 400, error, JSON.stringify(parameters).slice(0, 200));
    }
  }
}

const grants: Record<string, string[]> = {
  invalid_request: [''],
  unsupported_grant_type: [
    'PASSWORD',
    'Password',
    'password ',
    ' password',
    'password,refresh_token',
    'password\0',
    'implicit',
    'authorization_code',
    'client_credentials ',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'constructor',
    '__proto__',
    CANARY,
    'x'.repeat(10_000),
  ],
};

describe('grant_type', () => {
  test.each(Object.entries(grants))('token: %s for a grant that is none', async (error, values) => {
    const { api } = await startWithIris();
    await expectAll(
      api,
      values.map((value) => ({ ...signIn, grant_type: value })),
      error,
    );
  });
});

const names: Record<string, string[]> = {
  invalid_request: [
    `${EMAIL}\r\n`,
    `${CANARY}\r\nSet-Cookie: a=b`,
    'iris\0',
    'iris\u200D',
    'iris\u202E',
    '\uFEFFiris',
    'iris\u001B[2J',
    'x'.repeat(321),
    `${'x'.repeat(10_000)}@example.com`,
  ],
  invalid_grant: [
    CANARY,
    `${CANARY}' or '1'='1`,
    `${CANARY}'; drop table users; --`,
    `${CANARY}") or 1=1 --`,
    'iris%',
    'iri_',
    `*)(uid=*))(|(uid=*${CANARY}`,
    `{{7*7}}${CANARY}`,
    `\${jndi:ldap://${CANARY}}`,
    '<script>alert(1)</script>',
    '../../etc/passwd',
    '[object Object]',
    'null',
    'true',
    '@',
    '@example.com',
    'iris@',
    `${EMAIL},${CANARY}@example.com`,
    `Iris <${EMAIL}>`,
    `"iris"@example.com`,
    `${EMAIL}.`,
    ` ${EMAIL}`,
    `${EMAIL} `,
    'x'.repeat(320),
    // other letters that look the same, or nearly
    '\u0456ris@example.com', // Cyrillic
    'ir\u0456s',
    '\uFF49ris', // fullwidth
    'i\uFF52is@example.com',
    'iris\uFF20example.com', // an at sign that is none
    '\u0131ris', // Turkish, without its dot
    '\u0130RIS', // Turkish, with one
    'ir\u0131s@example.com',
    'i\u0301ris@example.com', // an accent too many
    'iris@ex\u0430mple.com', // Cyrillic, in the domain
  ],
};

describe('username', () => {
  test.each(Object.entries(names))('token: %s for a name that is nobody’s', async (error, values) => {
    const { api } = await startWithIris();
    await expectAll(
      api,
      values.map((username) => ({ ...signIn, username })),
      error,
    );
  });

  test('token: other spellings of one address lead to one user', async () => {
    const { api, user } = await startWithIris();
    for (const username of ['IRIS@EXAMPLE.COM', 'Iris@Example.com', 'iris@ｅｘａｍｐｌｅ.com', 'IRIS']) {
      const { access_token } = await api.signIn(username);
      expect((await api.me(access_token)).id, username).toBe(user.id);
    }
  });
});

describe('password', () => {
  test('token: 1024 bytes are a password, 1025 are none, 1 MB is not even read', async () => {
    const { api, database } = await startWithIris();
    const longest = `${'€'.repeat(341)}x`; // three bytes each
    await api.signUp({ email: 'long@example.com', password: longest });
    expect(await api.signIn('long@example.com', { password: longest })).toHaveProperty('access_token');
    await expectAll(api, [{ ...signIn, password: longest }], 'invalid_grant');
    for (const answer of await both(api, { ...signIn, password: 'x'.repeat(1_000_000) })) {
      expectFailure(answer, 'oauth', 413, 'invalid_request');
    }
    await database.em.execute('drop table users'); // whom the next ones do not even ask for
    await expectAll(
      api,
      [`${longest}x`, '€'.repeat(342)].map((password) => ({ ...signIn, password })),
      'invalid_request',
    );
  });

  test('token: what only resembles the password is as wrong as any other', async () => {
    const { api } = await startWithIris();
    const edges = ['\0', '\r\n', ' ', '\uFEFF'].flatMap((edge) => [edge + PASSWORD, PASSWORD + edge]);
    const wrong = [...edges, PASSWORD.toUpperCase(), PASSWORD.slice(1), '\0', '🦊', '0', 'null', CANARY];
    await expectAll(
      api,
      wrong.map((password) => ({ ...signIn, password })),
      'invalid_grant',
    );
  });
});

const scopes: Record<string, string[]> = {
  invalid_scope: [
    'admin',
    'openid',
    'notes:admin',
    'NOTES:READ',
    'notes:read admin',
    'notes:read  notes:write',
    ' notes:read',
    'notes:read ',
    'notes:read,notes:write',
    'notes:read\tnotes:write',
    'notes:read\nnotes:write',
    '"notes:read"',
    'notes:read\\',
    'notes:*',
    CANARY,
    '\0',
    'é',
  ],
  invalid_request: [`notes:read${' notes:read'.repeat(450)}`],
};

describe('scope', () => {
  test.each(Object.entries(scopes))('token: %s for a scope that is not granted', async (error, values) => {
    const { api, sessions, tokens } = await startWithIris();
    await expectAll(
      api,
      values.map((scope) => ({ ...signIn, client_id: secondClient.id, scope })),
      error,
    );
    // The refresh of a session that has no scope at all is refused too, and its token stays what it was.
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    await expectAll(
      api,
      values.map((scope) => ({ ...refresh, scope })),
      error,
    );
    expect(await sessions.find(tokens.session_id)).toMatchObject({ generation: 0 });
  });
});
