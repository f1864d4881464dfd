// cli/secret.ts: a secret comes from a prompt that shows nothing, or from standard input; never from an argument, which
// every process of the machine can read.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { OperatorError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

export async function readSecret(terminal: Terminal, label: string): Promise<string> {
  return terminal.stdin.isTTY ? askTwice(terminal, label) : readFirstLine(terminal, 'password');
}

/** For a secret that is checked at once, so that it is typed once. */
export async function readLine(terminal: Terminal, label: string): Promise<string> {
  return terminal.stdin.isTTY ? ask(terminal, `${label}: `) : readFirstLine(terminal, label);
}

async function readFirstLine({ stdin }: Terminal, what: string): Promise<string> {
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) return line;
  throw new OperatorError(`There is no ${what} on standard input.`);
}

async function askTwice(terminal: Terminal, label: string): Promise<string> {
  const first = await ask(terminal, `${label}: `);
  if (first !== (await ask(terminal, `${label} again: `))) throw new OperatorError('The two are not the same.');
  return first;
}

async function ask({ stdin, err }: Terminal, question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  err(question);
  const prompt = createInterface({ input: stdin, output: silent, terminal: true });
  try {
    return await prompt.question('');
  } finally {
    prompt.close();
    err('\n');
  }
}
