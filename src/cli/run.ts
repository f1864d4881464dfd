// cli/run.ts: what every command needs: the parts of the service, and a way to say what came of it.

import type { Act } from '../admin/powers.ts';
import { parseConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { createLogger } from '../platform/logger.ts';
import { commandLine } from '../platform/origin.ts';
import { visible } from '../platform/visible.ts';
import { createService, type Service } from '../service.ts';
import type { Terminal } from './terminal.ts';

export interface Output {
  /** For programs: one JSON document and nothing else. */
  readonly json?: boolean;
}

/** The service without its socket: migrated, and closed again whatever happens. */
export async function withService<Result>(
  { env }: Terminal,
  work: (service: Service) => Promise<Result>,
): Promise<Result> {
  const service = await createService(parseConfig(env), { log: createLogger('silent') });
  try {
    await service.start();
    return await work(service);
  } finally {
    await service.close();
  }
}

/** As JSON if that is asked for, in words if not. */
export function print({ out }: Terminal, value: unknown, { json = false }: Output, inWords: () => string): void {
  out(`${json ? JSON.stringify(value, null, 2) : inWords()}\n`);
}

/** Columns as wide as their widest cell. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(visible));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function assertFound(found: boolean, what: string): void {
  if (!found) throw new OperatorError(`There is no ${visible(what)}.`);
}

export function orMissing<Value>(found: Value | null, what: string): Value {
  if (found === null) throw new OperatorError(`There is no ${visible(what)}.`);
  return found;
}

/** Whoever has the database may do everything. */
export function operator(): Act {
  return { actor: null, origin: commandLine() };
}
