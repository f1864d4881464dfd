// test/fuzz/inputs.ts: messages to an operation: what fits its schemas, and then some harm done to it.
import fc from 'fast-check';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { type Caller, callerOf } from './callers.ts';
import { hostileField, hostileJson, hostileName, hostileTail, hostileText, mostly, seldom } from './hostile.ts';
import { type Member, membersOf } from './schema.ts';

/** All of it as text, in which `{{…}}` is still to be filled in. */
export interface Message {
  readonly operationId: string;
  readonly caller: Caller;
  /** null is the operation's own. */
  readonly method: string | null;
  readonly params: readonly Member[];
  readonly query: readonly Member[];
  readonly headers: readonly Member[];
  readonly members: readonly Member[];
  readonly tail: string;
  readonly fields: readonly string[];
  readonly form: boolean;
  /** null is that of the body. */
  readonly type: string | null;
  /** The size of each chunk; null for a body that is sent whole. */
  readonly chunk: number | null;
  readonly damage: Damage | null;
}

/** To one byte of the body, which may then end there. */
interface Damage {
  readonly at: number;
  readonly byte: number;
  readonly cut: boolean;
}

interface Change {
  readonly kind: 'drop' | 'replace' | 'repeat' | 'wrap' | 'list' | 'rename' | 'add';
  readonly at: number;
  readonly name: string;
  readonly json: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('drop', 'replace', 'replace', 'replace', 'repeat', 'wrap', 'list', 'rename', 'add'),
  at: fc.nat(10),
  name: hostileName,
  json: hostileJson,
});

function changed(members: readonly Member[], { kind, at, name, json }: Change): readonly Member[] {
  const index = members.length === 0 ? 0 : at % members.length;
  const [own = name, value = json] = members[index] ?? [];
  const replacements: Readonly<Record<Change['kind'], readonly Member[]>> = {
    drop: [],
    replace: [[own, json]],
    repeat: [
      [own, value],
      [own, json],
    ],
    wrap: [[own, `{"$ne":${value}}`]],
    list: [[own, `[${value},${json}]`]],
    rename: [[name, value]],
    add: [
      [own, value],
      [name, json],
    ],
  };
  return members.toSpliced(index, 1, ...replacements[kind]);
}

/** As it should be, or with one or two things changed. */
function harmed(members: fc.Arbitrary<readonly Member[]>): fc.Arbitrary<readonly Member[]> {
  return fc
    .tuple(members, mostly(fc.constant<Change[]>([]), fc.array(change, { minLength: 1, maxLength: 2 })))
    .map(([all, changes]) => changes.reduce(changed, all));
}

/** A path has no member too few or too many. */
function paramsOf({ params, operationId }: Endpoint): fc.Arbitrary<readonly Member[]> {
  return fc
    .tuple(membersOf(params, operationId), mostly(fc.constant(null), hostileText))
    .map(([all, text]) => (text === null ? all : all.map(([name]): Member => [name, JSON.stringify(text)])));
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'M-SEARCH'];
const types = [
  ...['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=a', ''],
  ...[
    'application/json; charset=utf-16',
    'application/json; charset="utf-8"',
    'application/json, text/plain',
    '/',
    'json',
  ],
];

/** Half of what an operation of OAuth is sent are forms, and nothing of what any other is. */
export function messageTo(endpoint: Endpoint): fc.Arbitrary<Message> {
  const { operationId, failures, body, query, headers } = endpoint;
  const bodies = fc
    .tuple(membersOf(body, operationId), callerOf(endpoint))
    .chain(([members, caller]) =>
      fc.record({ caller: fc.constant(caller), members: harmed(fc.constant([...members, ...caller.members])) }),
    );
  const rest = fc.record({
    operationId: fc.constant(operationId),
    method: seldom<string | null>(null, fc.constantFrom(...methods)),
    params: paramsOf(endpoint),
    query: harmed(membersOf(query, operationId)),
    headers: membersOf(headers, operationId),
    tail: seldom('', hostileTail),
    fields: mostly(fc.constant<string[]>([]), fc.array(hostileField, { maxLength: 3 })),
    form: failures === 'oauth' ? fc.boolean() : fc.constant(false),
    type: seldom<string | null>(null, fc.constantFrom(...types)),
    chunk: mostly<number | null>(fc.constant(null), fc.constantFrom(1, 7, 1000)),
    damage: seldom<Damage | null>(null, fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() })),
  });
  return fc.tuple(bodies, rest).map(([one, other]) => ({ ...one, ...other }));
}
