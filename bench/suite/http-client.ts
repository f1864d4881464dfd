// bench/suite/http-client.ts: the client of all scenarios: connections that are kept, one request at a time on each.
import { Pool } from 'undici';

export interface Request {
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which virtual user asks: each has an address, as behind a proxy. */
  readonly by?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type Http = (request: Request) => Promise<Reply>;

/** So long before the server would close an idle connection, the client does: between two rounds of its own it is idle. */
const LEAD_MS = 4_000;

export function createHttp(url: string, connections: number): Http {
  const pool = new Pool(url, { connections, pipelining: 1, keepAliveTimeoutThreshold: LEAD_MS });

  return async ({ path, form, json, headers = {}, by = 0 }) => {
    const { type, body } = encode(form, json);
    const reply = await pool.request({
      path,
      method: body === null ? 'GET' : 'POST',
      headers: { ...headers, ...type, 'x-forwarded-for': addressOf(by) },
      body,
    });
    return { status: reply.statusCode, headers: reply.headers, body: await reply.body.text() };
  };
}

function encode(form: Request['form'], json: unknown): { type: Record<string, string>; body: string | null } {
  if (form) {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return { type, body: new URLSearchParams(form).toString() };
  }
  return json === undefined
    ? { type: {}, body: null }
    : { type: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
}

function addressOf(index: number): string {
  return `10.2.${Math.floor(index / 250) % 250}.${1 + (index % 250)}`;
}

/** The body, when the status is what an honest caller gets. Anything else ends the run: a refusal is no request served. */
export function expectOk({ status, body }: Reply, expected = 200): string {
  if (status !== expected) throw new Error(`Answered with ${status}: ${body.slice(0, 500)}`);
  return body;
}
