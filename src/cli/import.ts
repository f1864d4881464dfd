// cli/import.ts: people moving in, with a bar that says how far it is.
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { SingleBar } from 'cli-progress';
import type { GrantedRole } from '../accounts/import-roles.ts';
import type { ImportReport, Refusal } from '../accounts/import-users.ts';
import { visible } from '../platform/visible.ts';
import { withService } from './run.ts';
import type { Terminal } from './terminal.ts';

export interface ImportOptions {
  readonly dryRun: boolean;
  readonly allowRole: readonly string[];
}

export async function importUsers(terminal: Terminal, file: string, options: ImportOptions): Promise<void> {
  const { dryRun, allowRole: allowedRoles } = options;
  const onRefused = (refusal: Refusal) => terminal.err(complaint(refusal));
  const report = await withService(terminal, ({ importUsers: run }) =>
    run({ lines: readLines(file), dryRun, allowedRoles, onRefused }),
  );
  terminal.out(`${summarise(report, dryRun)}\n`);
  for (const granted of report.granted) terminal.out(`${describeGrant(granted, dryRun)}\n`);
  if (report.refused > 0) terminal.fail();
}

async function* readLines(file: string): AsyncGenerator<string> {
  const handle = await open(file);
  const stream = handle.createReadStream();
  const bar = new SingleBar({ format: '{bar} {percentage} % | {eta_formatted} left', stopOnComplete: true });
  bar.start((await handle.stat()).size, 0);
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      bar.update(stream.bytesRead);
      yield line;
    }
  } finally {
    bar.stop();
  }
}

function complaint({ line, faults }: Refusal): string {
  return `line ${line}: ${visible(faults.join(' '))}\n`;
}

function summarise({ imported, unchanged, refused }: ImportReport, dryRun: boolean): string {
  const done = dryRun ? 'would be imported' : 'imported';
  return `${imported} ${done}, ${unchanged} there already, ${refused} refused.`;
}

function describeGrant({ role, users, administrativeScopes }: GrantedRole, dryRun: boolean): string {
  const done = dryRun ? 'would get' : 'got';
  const scopes = administrativeScopes.length > 0 ? administrativeScopes.join(' ') : 'none';
  return `${users} ${users === 1 ? 'user' : 'users'} ${done} the role ${role} (administrative scopes: ${scopes}).`;
}
