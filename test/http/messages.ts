// test/http/messages.ts: requests that nobody has thought of, most of them nearly good.
import fc from 'fast-check';
import { PASSWORD } from '../harness/api.ts';
import { CANARY } from './failures.ts';

/** All but the path, which is that of any operation. */
export interface Message {
  /** null is the operation's own. */
  readonly method: string | null;
  readonly query: string;
  readonly fields: readonly string[];
  readonly signedIn: boolean;
  readonly chunked: boolean;
  readonly content: Content;
}

interface Content {
  readonly type: string | null;
  readonly body: Buffer;
}

/** Often the first, now and then one of the others. */
function mostly<Value>(usual: fc.Arbitrary<Value>, ...others: fc.Arbitrary<Value>[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 6, arbitrary: usual }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
}

const odd = ['', '\0', '\r\n', '{"$ne":null}', "' or 1=1 --", '%', '../..', '\u202E', '😀', 'ann@example.com'];

/** Whatever comes, with a word in it that must not come back. */
const text = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }), fc.constantFrom(...odd))
  .map((some) => some + CANARY);

const meaning = ['password', 'refresh_token', 'current', 'all', 'true', 'first-party', 'ann@example.com', 'en-GB'];
const value = fc.oneof(text, fc.constantFrom(...meaning));

const known = ['grant_type', 'username', 'password', 'refresh_token', 'client_id', 'scope', 'email', 'token'];
const others = ['sessions', 'remember_me', 'preferred_username', 'locale', 'given_name', 'resource', 'zoneinfo'];
const special = ['__proto__', 'constructor', 'toString', '', 'a[b]', 'a.b'];

/** A plain name is told back when it is not known, so the word is in none of them. */
const name = mostly(
  fc.constantFrom(...known, ...others),
  fc.constantFrom(...special),
  fc.string({ unit: 'binary', maxLength: 10 }),
);

/** What would be served, so that what is added to it is looked at. */
const good = fc.constantFrom<Record<string, string>>(
  { grant_type: 'password', username: 'ann@example.com', password: PASSWORD },
  { grant_type: 'refresh_token', refresh_token: CANARY },
  { email: 'bob@example.com', password: PASSWORD },
  { email: 'eve@example.com', password: PASSWORD, preferred_username: 'eve', locale: 'en-GB' },
  { token: CANARY },
  {},
);

const json = fc.jsonValue({ maxDepth: 10 });
const object = fc
  .tuple(good, fc.dictionary(name, fc.oneof(value, json), { maxKeys: 2, noNullPrototype: true }))
  .map(([start, more]) => JSON.stringify({ ...start, ...more }));
const form = fc
  .tuple(good, fc.array(fc.tuple(name, value), { maxLength: 2 }))
  .map(([start, more]) => new URLSearchParams([...Object.entries(start), ...more]).toString());

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some)),
  json.map((some) => Buffer.from(JSON.stringify(some))),
  fc.constant(Buffer.alloc(17_000, 'x')),
  fc.constant(Buffer.alloc(0)),
);

const type = fc.oneof(
  fc.constantFrom('application/json', 'application/x-www-form-urlencoded', null),
  fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'multipart/form-data'),
  fc.stringMatching(/^[!-~]{0,20}$/),
);

const encoded = (usual: string, text: fc.Arbitrary<string>) =>
  fc.record({ type: mostly<string | null>(fc.constant(usual), type), body: text.map((some) => Buffer.from(some)) });

const whole = fc.oneof(
  {
    weight: 3,
    arbitrary: encoded(
      'application/json',
      good.map((start) => JSON.stringify(start)),
    ),
  },
  { weight: 3, arbitrary: encoded('application/json', object) },
  { weight: 3, arbitrary: encoded('application/x-www-form-urlencoded', form) },
  { weight: 1, arbitrary: fc.record({ type, body: bytes }) },
);

/** With one byte changed, and perhaps cut off there. */
const damaged = fc.tuple(whole, fc.nat(), fc.nat(255), fc.boolean()).map(([{ type, body }, position, byte, cut]) => {
  const at = body.length === 0 ? 0 : position % body.length;
  const changed = Buffer.from(body.map((old, index) => (index === at ? byte : old)));
  return { type, body: cut ? changed.subarray(0, at) : changed };
});

/** Fields that say how long the message is, or who else takes part, are not left to chance. */
const harmless = ['User-Agent', 'Origin', 'Accept', 'X-Forwarded-For', 'Cookie', 'Range', 'If-None-Match', 'Referer'];
const telling = ['Host', 'Authorization', 'Content-Type', 'Content-Encoding', 'Idempotency-Key'];
const field = fc
  .tuple(
    mostly(fc.constantFrom(...harmless), fc.constantFrom(...telling), fc.stringMatching(/^X-[A-Za-z0-9_-]{1,20}$/)),
    fc.stringMatching(/^[\t\x20-\x7E\x80-\xFF]{0,60}$/),
  )
  .map(([key, some]) => `${key}: ${CANARY}${some}`);

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

export const message: fc.Arbitrary<Message> = fc.record({
  method: mostly<string | null>(fc.constant(null), fc.constantFrom(...methods)),
  query: mostly(
    fc.constant(''),
    fc.stringMatching(/^[!-~]{0,40}$/).map((some) => `?${some}${CANARY}`),
  ),
  fields: fc.array(field, { maxLength: 2 }),
  signedIn: fc.boolean(),
  chunked: fc.boolean(),
  content: mostly<Content>(whole, damaged),
});
