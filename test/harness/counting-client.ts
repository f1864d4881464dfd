// test/harness/counting-client.ts: a connection that asks again and again, and knows what became of every request.
import { once } from 'node:events';
import { connect } from 'node:net';

/** How each request ended. The connection is used for as long as the server does not say `Connection: close`. */
export interface Tally {
  /** Whole answers, by status. */
  readonly statuses: number[];
  /** Closed in the middle of an answer. */
  cut: number;
  /** Closed after the request was sent and before the first byte of its answer. */
  unanswered: number;
  /** How often the server said that it is about to close, and did. */
  farewells: number;
}

export async function askOnOneConnection(port: number, nextRequest: () => string): Promise<Tally> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const tally: Tally = { statuses: [], cut: 0, unanswered: 0, farewells: 0 };
  let received = '';
  let isWaiting = false;
  let isOver = false;

  function ask(): void {
    isWaiting = true;
    socket.write(nextRequest());
  }

  function take(): void {
    const answer = wholeAnswer(received);
    if (!answer) return;
    tally.statuses.push(answer.status);
    received = '';
    isWaiting = false;
    isOver = answer.isLast;
    if (!isOver) ask();
  }

  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
    take();
  });
  socket.on('error', () => {}); // `close` follows
  ask();
  await new Promise((resolve) => socket.once('close', resolve));
  if (isOver) tally.farewells += 1;
  if (received !== '') tally.cut += 1;
  else if (isWaiting) tally.unanswered += 1;
  return tally;
}

/** Null while some of it is missing. All of our answers have a length. */
function wholeAnswer(text: string): { readonly status: number; readonly isLast: boolean } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = text.slice(0, end);
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
  if (Buffer.byteLength(text.slice(end + 4)) < length) return null;
  return { status: Number(head.split(' ')[1]), isLast: /^connection: *close$/im.test(head) };
}

export function total(
  tallies: readonly Tally[],
): Omit<Tally, 'statuses'> & { readonly statuses: Record<number, number> } {
  const statuses: Record<number, number> = {};
  for (const status of tallies.flatMap((tally) => tally.statuses)) statuses[status] = (statuses[status] ?? 0) + 1;
  const sum = (member: 'cut' | 'unanswered' | 'farewells') => tallies.reduce((all, tally) => all + tally[member], 0);
  return { statuses, cut: sum('cut'), unanswered: sum('unanswered'), farewells: sum('farewells') };
}
