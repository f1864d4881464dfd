// transport.ts: one request to Latchkey, and its whole answer.
import type { Answer } from './answer.ts';
import { networkError } from './errors.ts';
import type { Platform } from './platform.ts';
import { parseJson } from './stored-session.ts';

/** After that an answer counts as lost, in milliseconds. */
const TIMEOUT = 15_000;

interface Parts extends Pick<Platform, 'fetch' | 'after'> {
  readonly issuer: string;
}

interface How {
  /** By default POST. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Throws a LatchkeyError `network` unless a whole answer comes. Without a body it is a GET. */
export type Transport = ReturnType<typeof createTransport>;

export function createTransport({ fetch, after, issuer }: Parts) {
  return async (path: string, body?: object, { method = 'POST', headers }: How = {}): Promise<Answer> => {
    const aborter = new AbortController();
    const cancel = after(TIMEOUT, () => aborter.abort());
    try {
      const response = await fetch(issuer + path, {
        ...(body && { method, body: JSON.stringify(body) }),
        headers: { 'Content-Type': 'application/json', ...headers },
        redirect: 'error', // it would carry a password or a token to wherever it leads
        signal: aborter.signal,
      });
      // The body too has to arrive before anything is believed to have happened.
      return {
        status: response.status,
        retryAfterSeconds: Number(response.headers.get('Retry-After')) || null,
        body: parseJson(await response.text()),
      };
    } catch (cause) {
      throw networkError(cause);
    } finally {
      cancel();
    }
  };
}
