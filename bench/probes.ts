// bench/probes.ts: what must stay quick whatever the passwords cost: the keys, a refresh, an introspection.
import type { Answer, Caller } from './caller.ts';
import { refresh, type SignedIn, withTokens } from './town.ts';

/** What a proxy keeps open. */
const CONNECTIONS = 64;

export interface Probe {
  readonly name: string;
  /** Throws when the answer is not what an honest caller gets on a quiet day. */
  readonly send: () => Promise<number>;
}

interface Parts {
  readonly call: Caller;
  /** Over a new connection each time. */
  readonly callAnew: Caller;
  readonly people: readonly SignedIn[];
  /** The Authorization header of the backend that introspects. */
  readonly backend: string;
}

export async function createProbes({ call, callAnew, people, backend }: Parts): Promise<Probe[]> {
  /** Whoever has waited longest goes first; nobody refreshes twice at once, as no sound client does. */
  const waiting = [...people];
  let newest = people[0]?.accessToken ?? '';

  async function sendRefresh(): Promise<number> {
    const person = waiting.shift();
    if (!person) throw new Error('Everybody waits for the answer to a refresh.');
    const answer = await refresh(call, person);
    assertGood(answer);
    const renewed = withTokens(person, answer);
    newest = renewed.accessToken;
    waiting.push(renewed);
    return answer.ms;
  }

  async function sendIntrospection(): Promise<number> {
    const headers = { authorization: backend };
    const answer = await call({ path: '/introspect', form: { token: newest }, headers });
    assertGood(answer);
    if (!answer.body.startsWith('{"active":true')) throw new Error(`A good token is said to be ${answer.body}.`);
    return answer.ms;
  }

  async function sendJwks(by: Caller): Promise<number> {
    const answer = await by({ path: '/.well-known/jwks.json' });
    assertGood(answer);
    return answer.ms;
  }

  /** Whoever is connected does not wait to be let in; and none of these is idle for long enough to be closed. */
  await Promise.all(Array.from({ length: CONNECTIONS }, () => sendJwks(call)));
  return [
    { name: 'jwks', send: () => sendJwks(call) },
    { name: 'jwks, new connection', send: () => sendJwks(callAnew) },
    { name: 'refresh', send: sendRefresh },
    { name: 'introspection', send: sendIntrospection },
  ];
}

function assertGood({ status, body }: Answer): void {
  if (status !== 200) throw new Error(`A probe was answered with ${status}: ${body}`);
}
