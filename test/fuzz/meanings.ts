// test/fuzz/meanings.ts: what a member is about, where its schema only says that it is text. `{{…}}` stands for something
// real, which the world makes when the message is sent (`world.ts`).
import { PASSWORD } from '../harness/api.ts';

const emails = ['{{new email}}', '{{new email}}', '{{email}}'];
const anyToken = ['{{refresh token}}', '{{user token}}', '{{old refresh token}}', '{{old user token}}'];

const byName: Readonly<Record<string, readonly string[]>> = {
  user_id: ['{{user}}', '{{user}}', '{{old user}}'],
  session_id: ['{{own session}}'],
  client_id: ['{{client}}', '{{client}}', '{{old client}}', 'first-party'],
  role: ['{{role}}', '{{role}}', '{{role}}', '{{old role}}', 'user', 'admin'],
  roles: ['{{role}}', '{{old role}}', 'user'],
  kid: ['{{key}}', '{{old key}}'],
  email: emails,
  username: ['{{email}}', '{{email}}', '{{old email}}'],
  password: [PASSWORD],
  current_password: [PASSWORD],
  new_password: [PASSWORD, 'another horse battery'],
  preferred_username: ['{{new name}}'],
  locale: ['en-GB', 'de', 'zh-Hant-TW'],
  zoneinfo: ['Europe/Paris', 'UTC'],
  picture: ['https://pictures.example/a.png'],
  token: anyToken,
  refresh_token: ['{{refresh token}}', '{{refresh token}}', '{{old refresh token}}'],
  client_secret: ['{{program secret}}'],
  client_assertion: ['{{assertion}}'],
  client_assertion_type: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
  scope: ['', 'users:read', 'users:read clients:read audit:read'],
  scopes: ['users:read', 'notes:write', 'a:b'],
  resource: ['{{audience}}'],
  audiences: ['https://notes.example', 'urn:a:b'],
  limit: ['1', '2', '50', '200', '007'],
  query: ['', 'a', '@', '%', '_', 'user1'],
};

const byOperation: Readonly<Record<string, readonly string[]>> = {
  'verifyEmail code': ['{{verification code}}'],
  'resetPassword code': ['{{reset code}}'],
  'registerClient id': ['{{new name}}'],
  'createRole name': ['{{new name}}'],
  'listUsers cursor': ['{{cursor users}}'],
  'listClients cursor': ['{{cursor clients}}'],
  'listAuditEvents cursor': ['{{cursor audit-events}}'],
  'requestPasswordReset email': ['{{email}}', '{{new email}}'],
  'requestEmailVerification email': ['{{email}}', '{{new email}}'],
  'createToken client_id': ['{{program}}', '{{robot}}', 'first-party'],
  'revokeToken client_id': ['{{program}}', '{{robot}}', 'first-party'],
  'introspectToken client_id': ['{{program}}', '{{robot}}'],
  'signUp client_id': ['first-party'],
};

/** None for text of which nothing is known beyond its schema. */
export function meaningsOf(operationId: string, name: string): readonly string[] {
  return byOperation[`${operationId} ${name}`] ?? (Object.hasOwn(byName, name) ? (byName[name] ?? []) : []);
}
