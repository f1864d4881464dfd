// service.ts: the session of whoever sits here, and every operation of the service as a typed call.
import { createClient } from '../../../sdk/src/client.ts';
import { createSession, LatchkeyError } from '../../../sdk/src/latchkey.ts';

/** After that an answer counts as lost, in milliseconds. */
const PATIENCE = 15_000;

const issuer = location.origin;

/** The service writes it into the page: it need not be the address that the page was opened at. */
const named = document.querySelector<HTMLMetaElement>('meta[name="latchkey-issuer"]')?.content;

/** Where `AUDIENCE` is set, tokens are for another service by default. These are for `/me`. */
export const session = createSession({ issuer, resource: named || issuer });

export const client = createClient({
  baseUrl: issuer,
  fetch: (request) => session.fetch(request, { signal: AbortSignal.timeout(PATIENCE) }),
});

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: Partial<Pick<LatchkeyError, 'code' | 'errors'>>;
  readonly response: Response;
}

/** What was asked for. Throws a LatchkeyError. */
export async function ask<Data>(call: Promise<Answer<Data>>): Promise<Data | undefined> {
  const { data, error, response } = await call.catch(unanswered);
  if (response.ok) return data;
  const { code = 'unknown', errors = [] } = error ?? {};
  const retryAfterSeconds = Number(response.headers.get('Retry-After')) || null;
  throw new LatchkeyError(code, { status: response.status, code, errors, retryAfterSeconds });
}

function unanswered(cause: unknown): never {
  throw asFailure(cause);
}

/** Whatever it is that was thrown: nothing here fails but the network. */
export function asFailure(cause: unknown): LatchkeyError {
  if (cause instanceof LatchkeyError) return cause;
  return new LatchkeyError('No answer.', { status: 0, code: 'network', cause });
}
