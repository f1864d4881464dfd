// cli/target.ts: where `database copy` gets the URL of its target. A URL with a password never comes from an argument, which
// every process of the machine can read.
import { OperatorError } from '../errors.ts';
import { readLine } from './secret.ts';
import type { Terminal } from './terminal.ts';

export interface TargetOptions {
  readonly to?: string;
  readonly toEnv?: string;
  readonly toStdin?: boolean;
}

export async function readTarget(terminal: Terminal, { to, toEnv, toStdin }: TargetOptions): Promise<string> {
  const named = [to, toEnv, toStdin].filter((option) => option !== undefined);
  if (named.length !== 1) throw new OperatorError('Give exactly one of --to-env <name>, --to-stdin and --to <url>.');
  if (toEnv !== undefined) return readVariable(terminal, toEnv);
  if (to !== undefined) return withoutPassword(to);
  return (await readLine(terminal, 'URL of the target database')).trim();
}

function readVariable({ env }: Terminal, name: string): string {
  // The message does not repeat it: the operator may have typed the URL, with its password.
  if (!/^\w+$/.test(name)) throw new OperatorError('--to-env takes the name of an environment variable, not the URL.');
  const url = env[name];
  if (!url) throw new OperatorError(`The environment variable ${name} is not set.`);
  return url;
}

function withoutPassword(url: string): string {
  if (url.startsWith('sqlite:')) return url;
  if (!URL.canParse(url)) throw new OperatorError('--to is not a URL that can be read.');
  const { password, searchParams } = new URL(url);
  if (password === '' && !searchParams.has('password')) return url;
  throw new OperatorError(
    '--to holds a password, and other users of this machine can read the arguments of a process. Put the URL into an ' +
      'environment variable and name it with --to-env, or pass it with --to-stdin. Change the password if others use this machine.',
  );
}
