// test/http/raw-socket.ts: messages that no HTTP client would write.
import { connect } from 'node:net';
import type { Answer } from '../harness/api.ts';

/**
 * Sends the lines of a message as they are, with a body after the empty line, and reads until the server closes: ask
 * for that with `Connection: close` unless closing is what is being tested.
 */
export function exchange(baseUrl: string, lines: readonly string[], body: string | Buffer = ''): Promise<Answer> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    socket.write(body);
    socket.on('data', (chunk) => received.push(chunk));
    // A server that refuses a body does not read it to its end, and the system then resets the connection.
    socket.on('error', (error) => received.length === 0 && reject(error));
    // An exception in a listener would leave the promise open: the answer may be cut short.
    socket.on('close', () => {
      try {
        resolve(parseAnswer(Buffer.concat(received).toString('utf8')));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function parseAnswer(message: string): Answer {
  const end = message.indexOf('\r\n\r\n');
  const [statusLine = '', ...fields] = message.slice(0, end).split('\r\n');
  const headers = new Headers();
  for (const field of fields) headers.append(field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1));
  const text = message.slice(end + 4);
  const isJson = /[/+]json/.test(headers.get('content-type') ?? '') && text !== '';
  return { status: Number(statusLine.split(' ')[1]), headers, text, body: isJson ? JSON.parse(text) : text };
}
