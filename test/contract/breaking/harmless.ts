// test/contract/breaking/harmless.ts: changes that no client notices which did not ask for them.
import { add, all, drop, type Edit, operation, remove, schema, set } from './edits.ts';

const session = (...path: string[]) => schema('Session', ...path);
const signUp = (...path: string[]) => schema('SignUpRequest', ...path);
const phone = { type: 'string' };
const trace = { name: 'trace', in: 'header', schema: { type: 'string' } };
const health = {
  description: 'It is.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Health' } } },
};
const newOperation = { operationId: 'getNews', security: [], responses: { 200: health } };
const problems = ['content', 'application/problem+json', 'examples'];

export const harmless: readonly (readonly [change: string, edit: Edit])[] = [
  ['a new path', set(['paths', '/news'], { get: newOperation })],
  ['a new operation of a path', set(operation('post', '/livez'), newOperation)],
  ['a new optional parameter', set(operation('get', '/me', 'parameters'), [trace])],
  ['a new optional member of a request', set(signUp('properties', 'phone'), phone)],
  ['a new member of an answer', all(set(session('properties', 'city'), phone), add(session('required'), 'city'))],
  ['a new failure', set(operation('get', '/me', 'responses', '401', ...problems, 'other'), { value: {} })],
  ['a new status of failure', set(operation('get', '/me', 'responses', '410'), { description: 'Gone.' })],
  [
    'a new content type of requests',
    set(operation('post', '/signup', 'requestBody', 'content', 'text/plain'), { schema: phone }),
  ],
  ['a new header', set(operation('get', '/me', 'responses', '200', 'headers'), { ETag: { schema: phone } })],
  ['a body that can be left out now', set(operation('post', '/signup', 'requestBody', 'required'), false)],
  ['a member of a request that is optional now', drop(signUp('required'), 'password')],
  ['a member of an answer that is always there now', add(schema('UserInfo', 'required'), 'name')],
  ['an answer that is never null now', set(session('properties', 'user_agent', 'type'), 'string')],
  ['a request that can be null now', set(signUp('properties', 'name', 'type'), ['string', 'null'])],
  ['more values in requests', add(schema('LogOutRequest', 'properties', 'sessions', 'enum'), 'none')],
  ['fewer values in answers', drop(schema('SigningKey', 'properties', 'state', 'enum'), 'revoked')],
  ['more values in answers that are open', add(schema('AuditEvent', 'properties', 'type', 'enum'), 'user.seen')],
  ['a looser limit', set(signUp('properties', 'email', 'maxLength'), 999)],
  ['no limit', remove(signUp('properties', 'email', 'maxLength'))],
  ['no pattern', remove(schema('CreateRoleRequest', 'properties', 'name', 'pattern'))],
  ['no credentials needed', add(operation('get', '/me', 'security'), {})],
  ['other credentials too', add(operation('get', '/me', 'security'), { clientSecretBasic: [] })],
  ['other words', all(set(operation('get', '/me', 'summary'), 'You'), set(session('description'), 'A device.'))],
];
