// cli/session.ts: ends sessions in an emergency. docs/operations.md says when.
import { Command } from 'commander';
import { z } from 'zod';
import { OperatorError } from '../errors.ts';
import { commandLine } from '../platform/origin.ts';
import type { Service } from '../service.ts';
import type { Selection } from '../sessions/end-sessions.ts';
import { type Output, print, withService } from './run.ts';
import type { Terminal } from './terminal.ts';

interface EndOptions extends Output {
  readonly all?: boolean;
  readonly before?: string;
  readonly user?: string;
}

export function sessionCommand(terminal: Terminal): Command {
  const session = new Command('session').description('signed-in devices');
  session
    .command('end')
    .description('ends sessions; run it again if it was interrupted. Needs exactly one of --all, --before and --user')
    .option('--all', 'every session')
    .option('--before <instant>', 'sessions that began before this instant, like 2026-01-31T12:00:00Z')
    .option('--user <login>', 'sessions of one user, by identifier, address or user name')
    .option('--json', 'for programs')
    .action((options: EndOptions) => end(terminal, options));
  return session;
}

async function end(terminal: Terminal, options: EndOptions): Promise<void> {
  const named = [options.all, options.before, options.user].filter((option) => option !== undefined);
  if (named.length !== 1) throw new OperatorError('Give exactly one of --all, --before <instant> and --user <login>.');
  const before = options.before === undefined ? undefined : readInstant(options.before);
  const ended = await withService(terminal, async (service) => {
    const selection = await select(service, { before, login: options.user });
    return service.endSessions(selection, commandLine());
  });
  print(terminal, { ended }, options, () => (ended === 1 ? '1 session ended.' : `${ended} sessions ended.`));
}

interface Wanted {
  readonly before: Date | undefined;
  readonly login: string | undefined;
}

async function select({ userAdmin }: Service, { before, login }: Wanted): Promise<Selection> {
  if (login !== undefined) return { userId: (await userAdmin.get(login)).id };
  return before === undefined ? {} : { before };
}

function readInstant(text: string): Date {
  const instant = z.iso.datetime({ offset: true }).safeParse(text);
  if (!instant.success) {
    throw new OperatorError('--before needs a date and a time with its zone, like 2026-01-31T12:00:00Z.');
  }
  return new Date(instant.data);
}
