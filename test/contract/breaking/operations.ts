// test/contract/breaking/operations.ts: changes of operations that break something, and what is said of each.
import { all, type Breaking, operation, remove, set } from './edits.ts';

const trace = { name: 'trace', in: 'header', schema: { type: 'string' } };

export const operationBreaks: readonly Breaking[] = [
  ['a path is gone', remove(['paths', '/livez']), 'getLiveness (GET /livez): the operation is gone.'],
  ['one operation of a path is gone', remove(operation('get', '/me')), 'getMe (GET /me): the operation is gone.'],
  [
    'a path has another name',
    all(remove(['paths', '/livez']), set(['paths', '/alive'], {})),
    'getLiveness (GET /livez): the operation is gone.',
  ],
  [
    'an operation has another name',
    set(operation('get', '/me', 'operationId'), 'whoAmI'),
    'getMe (GET /me): the operation is called whoAmI now.',
  ],
  [
    'it takes credentials',
    set(operation('get', '/.well-known/jwks.json', 'security'), [{ accessToken: [] }]),
    'getJwks (GET /.well-known/jwks.json): whoever brings no credentials is refused now.',
  ],
  [
    'it takes credentials of all',
    set(operation('post', '/signup', 'security'), [{ clientSecretBasic: [] }]),
    'signUp (POST /signup): whoever brings no credentials is refused now.',
  ],
  [
    'it takes other credentials',
    set(operation('get', '/me', 'security'), [{ metricsToken: [] }]),
    'getMe (GET /me): whoever brings accessToken is refused now.',
  ],
  [
    'it takes a scope',
    set(operation('get', '/me', 'security'), [{ accessToken: ['me:read'] }]),
    'getMe (GET /me): whoever brings accessToken is refused now.',
  ],
  [
    'a parameter is gone',
    set(operation('get', '/forward-auth', 'parameters'), []),
    'authorizeForward (GET /forward-auth): the query parameter `scope` is gone.',
    'authorizeForward (GET /forward-auth): the query parameter `audience` is gone.',
  ],
  [
    'a parameter is new and required',
    set(operation('get', '/me', 'parameters'), [{ ...trace, required: true }]),
    'getMe (GET /me): the header parameter `trace` is new and required.',
  ],
  [
    'a parameter is required now',
    set(operation('get', '/forward-auth', 'parameters', 0, 'required'), true),
    'authorizeForward (GET /forward-auth): the query parameter `scope` is required now.',
  ],
  [
    'a parameter takes less',
    set(operation('get', '/forward-auth', 'parameters', 1, 'schema', 'maxLength'), 10),
    'authorizeForward (GET /forward-auth): the query parameter `audience`: maxLength of it is 10 now; it was 1024.',
  ],
  [
    'a status of success is gone',
    remove(operation('post', '/signup', 'responses', '202')),
    'signUp (POST /signup): status 202 is gone.',
  ],
  [
    'a status of success is new',
    set(operation('get', '/me', 'responses', '204'), { description: 'Nobody.' }),
    'getMe (GET /me): status 204 is new, and clients do not expect it.',
  ],
  [
    'a failure is gone',
    remove(
      operation(
        'post',
        '/signup',
        'responses',
        '409',
        'content',
        'application/problem+json',
        'examples',
        'email_taken',
      ),
    ),
    'signUp (POST /signup): the error email_taken is gone from status 409.',
  ],
  [
    'the status of failures is gone',
    remove(operation('post', '/signup', 'responses', '409')),
    'signUp (POST /signup): the error email_taken is gone from status 409.',
    'signUp (POST /signup): the error username_taken is gone from status 409.',
  ],
  [
    'a header is gone',
    remove(operation('post', '/signup', 'responses', '201', 'headers', 'Location')),
    'signUp (POST /signup): the header Location of status 201 is gone.',
  ],
  [
    'a content type of requests is gone',
    remove(operation('post', '/token', 'requestBody', 'content', 'application/x-www-form-urlencoded')),
    'createToken (POST /token): the content type application/x-www-form-urlencoded is gone from the request.',
  ],
  [
    'a content type of answers is gone',
    remove(operation('get', '/metrics', 'responses', '200', 'content', 'text/plain')),
    'getMetrics (GET /metrics): the content type text/plain is gone from status 200.',
  ],
  [
    'the body is required now',
    set(operation('patch', '/me', 'requestBody', 'required'), true),
    'updateMe (PATCH /me): the request body is required now.',
  ],
  [
    'the body is gone',
    remove(operation('post', '/signup', 'requestBody')),
    'signUp (POST /signup): there is no request body any more.',
  ],
];
