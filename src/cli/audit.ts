// cli/audit.ts: what happened.
import { Command } from 'commander';
import { OperatorError } from '../errors.ts';
import { type Output, print, table, withService } from './run.ts';
import type { Terminal } from './terminal.ts';

interface TailOptions extends Output {
  readonly lines: string;
}

export function auditCommand(terminal: Terminal): Command {
  const audit = new Command('audit').description('what happened');
  audit
    .command('tail')
    .description('the last events, the newest at the end')
    .option('-n, --lines <count>', 'how many, up to 1000', '20')
    .option('--json', 'for programs')
    .action((options: TailOptions) => tail(terminal, options));
  return audit;
}

async function tail(terminal: Terminal, options: TailOptions): Promise<void> {
  const limit = Number(options.lines);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new OperatorError('--lines: from 1 to 1000.');
  const events = await withService(terminal, ({ audit, database: { em } }) => audit.latest(em, limit));
  print(terminal, events, options, () =>
    table(
      events.map(({ occurredAt, type, userId, clientId, ip, details }) => [
        occurredAt.toISOString(),
        type,
        userId ?? '-',
        clientId ?? '-',
        ip,
        Object.keys(details).length > 0 ? JSON.stringify(details) : '',
      ]),
    ),
  );
}
