// test/contract/breaking/requests.ts: changes of what is asked for that break something, and what is said of each.
import { add, all, type Breaking, drop, operation, remove, schema, set } from './edits.ts';

const signUp = (...path: string[]) => schema('SignUpRequest', ...path);
const signing = (text: string) => `signUp (POST /signup): the request (application/json): ${text}.`;
const inBoth = (text: string) => [
  `createToken (POST /token): the request (application/x-www-form-urlencoded): ${text}.`,
  `createToken (POST /token): the request (application/json): ${text}.`,
];

export const requestBreaks: readonly Breaking[] = [
  [
    'a member is new and required',
    all(set(signUp('properties', 'phone'), { type: 'string' }), add(signUp('required'), 'phone')),
    signing('`phone` is new and required'),
  ],
  ['a member is required now', add(signUp('required'), 'name'), signing('`name` is required now')],
  ['a member is gone', remove(signUp('properties', 'name')), signing('`name` is refused now')],
  [
    'a member is gone where others are let through',
    remove(schema('PasswordRequest', 'properties', 'resource')),
    ...inBoth('`resource` is ignored now'),
  ],
  [
    'unknown members are refused',
    set(schema('PasswordRequest', 'additionalProperties'), false),
    ...inBoth('it refuses members that have no name here now'),
  ],
  [
    'a type changed',
    set(signUp('properties', 'name', 'type'), 'integer'),
    signing('the type of `name` is integer now, and string is refused'),
  ],
  [
    'null is refused now',
    set(schema('UpdateMeRequest', 'properties', 'preferred_username', 'type'), 'string'),
    'updateMe (PATCH /me): the request (application/json): the type of `preferred_username` is string now, and null is refused.',
  ],
  [
    'a format came',
    set(signUp('properties', 'name', 'format'), 'email'),
    signing('the format of `name` is email now; it was none'),
  ],
  [
    'a list of values has lost one',
    drop(schema('LogOutRequest', 'properties', 'sessions', 'enum'), 'others'),
    'logOut (POST /logout): the request (application/json): `sessions` does not take "others" any more.',
  ],
  [
    'a list of values came',
    set(signUp('properties', 'locale', 'enum'), ['en', 'fr']),
    signing('`locale` takes nothing but "en", "fr" now'),
  ],
  [
    'a default changed',
    set(schema('LogOutRequest', 'properties', 'sessions', 'default'), 'all'),
    'logOut (POST /logout): the request (application/json): the default of `sessions` is "all" now; it was "current".',
  ],
  [
    'minLength came',
    set(signUp('properties', 'password', 'minLength'), 8),
    signing('minLength of `password` is 8 now; it was none'),
  ],
  [
    'minLength rose',
    set(signUp('properties', 'name', 'minLength'), 2),
    signing('minLength of `name` is 2 now; it was 1'),
  ],
  [
    'maxLength fell',
    set(signUp('properties', 'email', 'maxLength'), 254),
    signing('maxLength of `email` is 254 now; it was 320'),
  ],
  [
    'a pattern came',
    set(signUp('properties', 'name', 'pattern'), '^A'),
    signing('the pattern of `name` is ^A now; it was none'),
  ],
  [
    'a pattern changed',
    set(schema('CreateRoleRequest', 'properties', 'name', 'pattern'), '^x$'),
    'createRole (POST /admin/roles): the request (application/json): the pattern of `name` is ^x$ now; it was ^[a-z][a-z0-9_.-]{0,63}$.',
  ],
  [
    'maximum fell',
    set(schema('ClientRegistration', 'properties', 'access_token_seconds', 'anyOf', 0, 'maximum'), 600),
    'registerClient (POST /admin/clients): the request (application/json): maximum of `access_token_seconds` is 600 now; it was 3600.',
  ],
  [
    'maxItems fell, and so did what an item may hold',
    all(
      set(schema('UpdateUserRequest', 'properties', 'roles', 'maxItems'), 9),
      set(schema('UpdateUserRequest', 'properties', 'roles', 'items', 'maxLength'), 9),
    ),
    'updateUser (PATCH /admin/users/{user_id}): the request (application/json): maxItems of `roles` is 9 now; it was 100.',
    'updateUser (PATCH /admin/users/{user_id}): the request (application/json): maxLength of `roles[]` is 9 now; it was 64.',
  ],
  [
    'a kind of request is gone',
    remove(operation('post', '/token', 'requestBody', 'content', 'application/json', 'schema', 'oneOf', 2)),
    'createToken (POST /token): the request (application/json): it cannot be an object with `grant_type` "client_credentials" any more.',
  ],
];
