// bench/caller.ts: sends requests as a proxy in front of the service would, and times them.
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Call {
  readonly path: string;
  /** GET without one. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whom the proxy says it comes from. */
  readonly from?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** From sending to the last byte, in milliseconds. */
  readonly ms: number;
}

export type Caller = (call: Call) => Promise<Answer>;

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** `kept`: over connections that stay open, as those of a proxy or a backend do; else over a new one each time. */
export function createCaller(url: string, connections: 'kept' | 'new'): Caller {
  const agent = new Agent({
    keepAlive: connections === 'kept',
    maxSockets: Number.POSITIVE_INFINITY,
    scheduling: 'fifo',
  });
  const { port } = new URL(url);

  return async ({ path, form, headers = {}, from = '198.51.100.1' }) => {
    const sentAt = performance.now();
    const method = form ? 'POST' : 'GET';
    const all = { ...headers, ...(form && FORM), 'x-forwarded-for': from };
    const outgoing = request({ agent, host: '127.0.0.1', port, method, path, headers: all });
    outgoing.end(form && new URLSearchParams(form).toString());
    const [incoming] = await once(outgoing, 'response');
    const body = await text(incoming);
    return { status: incoming.statusCode, headers: incoming.headers, body, ms: performance.now() - sentAt };
  };
}
