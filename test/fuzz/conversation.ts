// test/fuzz/conversation.ts: bytes as they are, and whatever comes back.
import { connect } from 'node:net';

/** After so long without an answer the server is waiting for more, and there is none. In milliseconds. */
const PATIENCE_MS = 150;

/** Everything that is answered until the server closes, or waits. */
export function converse(baseUrl: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname);
    socket.setEncoding('latin1');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (some) => {
      received += some;
    });
    socket.on('error', () => {}); // a server that has heard enough resets the connection
    socket.on('close', () => resolve(received));
    socket.write(bytes, 'latin1');
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Node ends what it answers by itself like this; we know how long our answers are. */
const NOTHING_MORE = '0\r\n\r\n';

/** Each answer says where it ends. */
export function answersIn(received: string): RawAnswer[] {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return [];
  const head = received.slice(0, end);
  const start = end + 4;
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  const next = start + (/^transfer-encoding: chunked$/im.test(head) ? NOTHING_MORE.length : length);
  return [{ status, head, body: received.slice(start, start + length) }, ...answersIn(received.slice(next))];
}
