// farewells.ts: sign-outs that the service has not heard of yet. They are kept until it has.
import type { KeyValues } from './platform.ts';
import type { Persist } from './retry.ts';
import { parseJson, type StoredSession } from './stored-session.ts';
import type { Transport } from './transport.ts';

/** Which sessions of the user, seen from this one. */
export type Which = 'current' | 'others' | 'all';

interface Farewell {
  readonly sessions: Which;
  readonly refresh_token: string;
}

interface Parts {
  readonly name: string;
  readonly localStorage: KeyValues;
  readonly transport: Transport;
  readonly persist: Persist;
}

export type Farewells = ReturnType<typeof createFarewells>;

export function createFarewells({ name, localStorage, transport, persist }: Parts) {
  const place = `${name} farewells`;

  async function list(): Promise<Farewell[]> {
    const stored = parseJson(await localStorage.getItem(place));
    return Array.isArray(stored) ? stored : [];
  }

  const keep = async (farewells: Farewell[]) => localStorage.setItem(place, JSON.stringify(farewells));

  async function add(from: readonly StoredSession[], sessions: Which): Promise<void> {
    const more = from.map(({ tokens: { refresh_token } }) => ({ sessions, refresh_token }));
    if (more[0]) await keep([...(await list()), ...more]);
  }

  /** Whether the service has heard of all of them. Any generation of a refresh token is good for signing out. */
  async function deliver(): Promise<boolean> {
    for (const farewell of await list()) {
      const answer = await persist(() => transport('/logout', farewell)).catch(() => null);
      if (answer?.status !== 204) continue;
      await keep((await list()).filter(({ refresh_token }) => refresh_token !== farewell.refresh_token));
    }
    return !(await list())[0];
  }

  return { add, deliver };
}
