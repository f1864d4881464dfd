// cli/migrate.ts: the schema of the database.
import { Command } from 'commander';
import { parseConfig } from '../config.ts';
import { openDatabase } from '../database.ts';
import { createLogger } from '../platform/logger.ts';
import { type Output, print } from './run.ts';
import type { Terminal } from './terminal.ts';

interface Options extends Output {
  readonly status?: boolean;
}

export function migrateCommand(terminal: Terminal): Command {
  return new Command('migrate')
    .description('brings the database up to date, as every start of the service does')
    .option('--status', 'say what has been done and what is to do, and change nothing')
    .option('--json', 'for programs')
    .action((options: Options) => migrate(terminal, options));
}

async function migrate(terminal: Terminal, options: Options): Promise<void> {
  const database = await openDatabase(parseConfig(terminal.env).databaseUrl, createLogger('silent'));
  try {
    const pending = (await database.orm.migrator.getPending()).map(({ name }) => name);
    if (!options.status) await database.prepare(async () => {});
    const done = (await database.orm.migrator.getExecuted()).map(({ name }) => name);
    const report: Report = options.status ? { done, pending } : { done, applied: pending };
    print(terminal, report, options, () => inWords(report));
  } finally {
    await database.close();
  }
}

type Report = Readonly<Record<string, readonly string[]>>;

function inWords(report: Report): string {
  return Object.entries(report)
    .map(([state, names]) => `${state}: ${names.join(', ') || 'none'}`)
    .join('\n');
}
