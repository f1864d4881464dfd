// cli/audit.ts: what happened.
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import type { AuditEventRow } from '../audit/audit-event.ts';
import { OperatorError } from '../errors.ts';
import { visible } from '../platform/visible.ts';
import { type Output, print, table, withService } from './run.ts';
import type { Terminal } from './terminal.ts';

interface TailOptions extends Output {
  readonly lines: string;
  readonly follow?: boolean;
}

const LOOK_AGAIN_MS = 1_000;
const MAX_LINES = 1000;

export function auditCommand(terminal: Terminal): Command {
  const audit = new Command('audit').description('what happened');
  audit
    .command('tail')
    .description('the last events, the newest at the end')
    .option('-n, --lines <count>', 'how many, up to 1000', '20')
    .option('-f, --follow', 'and those that come, until interrupted')
    .option('--json', 'for programs; with --follow, a line each')
    .action((options: TailOptions) => tail(terminal, options));
  return audit;
}

async function tail(terminal: Terminal, options: TailOptions): Promise<void> {
  const limit = Number(options.lines);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LINES) {
    throw new OperatorError(`--lines: from 1 to ${MAX_LINES}.`);
  }
  await withService(terminal, async ({ audit, database: { em } }) => {
    const events = await audit.latest(em, limit);
    if (!options.follow) return print(terminal, events, options, () => table(events.map(row)));
    say(terminal, events, options);
    await follow(terminal, events.at(-1)?.id ?? '', (last) => audit.since(em, last, MAX_LINES), options);
  });
}

type ReadSince = (last: string) => Promise<AuditEventRow[]>;

async function follow(terminal: Terminal, seen: string, readSince: ReadSince, options: Output): Promise<void> {
  const { interrupted } = terminal;
  let last = seen;
  while (!interrupted?.aborted) {
    const events = await readSince(last);
    say(terminal, events, options);
    last = events.at(-1)?.id ?? last;
    await setTimeout(LOOK_AGAIN_MS, undefined, interrupted && { signal: interrupted }).catch(() => {}); // interrupted
  }
}

function say({ out }: Terminal, events: readonly AuditEventRow[], { json = false }: Output): void {
  for (const event of events) out(`${json ? JSON.stringify(event) : row(event).map(visible).join('  ').trimEnd()}\n`);
}

function row({ occurredAt, type, userId, clientId, ip, details }: AuditEventRow): string[] {
  const told = Object.keys(details).length > 0 ? JSON.stringify(details) : '';
  return [occurredAt.toISOString(), type, userId ?? '-', clientId ?? '-', ip, told];
}
