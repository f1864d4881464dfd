// test/contract/breaking/answers.ts: changes of what is answered that break something, and what is said of each.
import { add, all, type Breaking, drop, remove, schema, set } from './edits.ts';

const session = (...path: string[]) => schema('Session', ...path);
const listed = (text: string) => `listSessions (GET /me/sessions): status 200 (application/json): ${text}.`;

export const responseBreaks: readonly Breaking[] = [
  [
    'a member is gone',
    all(remove(session('properties', 'ip')), drop(session('required'), 'ip')),
    listed('`sessions[].ip` is gone'),
  ],
  ['a member is optional now', drop(session('required'), 'ip'), listed('`sessions[].ip` is not always there any more')],
  [
    'an optional member is gone',
    remove(schema('Introspection', 'anyOf', 0, 'properties', 'username')),
    'introspectToken (POST /introspect): status 200 (application/json): `username` is gone.',
  ],
  [
    'a type changed',
    set(session('properties', 'ip', 'type'), 'integer'),
    listed('the type of `sessions[].ip` can be integer now; it was string'),
  ],
  [
    'a member can be null now',
    set(session('properties', 'ip', 'type'), ['string', 'null']),
    listed('the type of `sessions[].ip` can be null now; it was string'),
  ],
  [
    'a format changed',
    set(session('properties', 'id', 'format'), 'uri'),
    listed('the format of `sessions[].id` is uri now; it was uuid'),
  ],
  [
    'a format is gone',
    remove(session('properties', 'id', 'format')),
    listed('the format of `sessions[].id` is none now; it was uuid'),
  ],
  [
    'the items changed',
    set(schema('SessionList', 'properties', 'sessions', 'items'), { type: 'string' }),
    listed('the type of `sessions[]` can be string now; it was object'),
    listed('`sessions[]` is never an object any more'),
  ],
  [
    'a list of values has a new one',
    add(schema('SigningKey', 'properties', 'state', 'enum'), 'lost'),
    ...[
      'listKeys (GET /admin/keys): status 200 (application/json): `keys[].state`',
      'rotateKeys (POST /admin/keys): status 201 (application/json): `state`',
    ].map((place) => `${place} can be "lost" now, and the contract did not say that more values may be added.`),
  ],
  [
    'a list of values is gone',
    remove(schema('Health', 'properties', 'status', 'const')),
    ...['getLiveness (GET /livez)', 'getReadiness (GET /readyz)'].map(
      (place) => `${place}: status 200 (application/json): \`status\` can be any value now; it was "ok".`,
    ),
  ],
  [
    'an object has values of a new type',
    set(schema('AuditEvent', 'properties', 'details', 'additionalProperties', 'type'), ['string', 'number', 'boolean']),
    'listAuditEvents (GET /admin/audit-events): status 200 (application/json): the type of `events[].details.*` can be boolean now; it was string or number.',
  ],
  [
    'an object is only null',
    set(schema('SignUpAnswer', 'properties', 'tokens'), { type: 'null' }),
    'signUp (POST /signup): status 201 (application/json): `tokens` is never an object with `token_type` "Bearer" any more.',
  ],
  [
    'a kind of answer is gone',
    remove(schema('Introspection', 'anyOf', 1)),
    'introspectToken (POST /introspect): status 200 (application/json): it is never an object with `active` false any more.',
  ],
  [
    'a kind of answer is new',
    set(schema('Introspection', 'anyOf', 1, 'properties', 'active'), { type: 'string', const: 'perhaps' }),
    'introspectToken (POST /introspect): status 200 (application/json): it can be an object with `active` "perhaps" now.',
    'introspectToken (POST /introspect): status 200 (application/json): it is never an object with `active` false any more.',
  ],
];
