// test/harness/overhear.ts: what is said to a server and what it answers, whatever client it is said with.
import type { IncomingHttpHeaders, RequestListener } from 'node:http';

export interface Overheard {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly requestBody: string;
  readonly status: number;
  readonly responseHeaders: string;
  readonly responseBody: string;
}

/** Takes no part: a listener for data would begin to read before the service does. */
export function overhear(handle: RequestListener, heed: (overheard: Overheard) => void): RequestListener {
  return (request, response) => {
    const asked = listenTo(request, 'push');
    const answered = listenTo(response, 'end');
    response.once('close', () =>
      heed({
        url: request.url ?? '',
        headers: request.headers,
        requestBody: asked(),
        status: response.statusCode,
        responseHeaders: JSON.stringify(response.getHeaders()),
        responseBody: answered(),
      }),
    );
    handle(request, response);
  };
}

/** Gives back what that method has been handed so far. */
function listenTo(target: object, name: string): () => string {
  const chunks: Buffer[] = [];
  const method = Reflect.get(target, name);
  const value = (...args: unknown[]) => {
    const [chunk] = args;
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    return Reflect.apply(method, target, args);
  };
  Object.defineProperty(target, name, { value });
  return () => Buffer.concat(chunks).toString('utf8');
}
