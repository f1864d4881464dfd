// accounts/import-users.ts: people moving in from another system, line by line, a batch at a time.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { commandLine } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { ImportedUsers } from '../users/imported-users.ts';
import { createJudge, type Judge } from './import-judge.ts';
import { type ParsedLine, parseImportLine } from './import-line.ts';

/** One commit for so many lines: what an import that is broken off has done, it has done. */
const BATCH = 500;

export interface Refusal {
  /** Counted from 1. */
  readonly line: number;
  readonly faults: readonly string[];
}

export interface ImportReport {
  readonly imported: number;
  /** People whose address has an account already; nothing of it changes. */
  readonly unchanged: number;
  readonly refused: number;
}

export interface Import {
  /** Without line ends. An empty one is passed over. */
  readonly lines: AsyncIterable<string>;
  /** Find out what would happen, and change nothing. */
  readonly dryRun: boolean;
  /** In the order of the lines. */
  onRefused(refusal: Refusal): void;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly importedUsers: ImportedUsers;
  readonly audit: AuditLog;
}

/** Running the same import again changes nothing: whoever is there is left alone. */
export type ImportUsers = (order: Import) => Promise<ImportReport>;

export function createImportUsers({ em, importedUsers, audit }: Parts): ImportUsers {
  return async ({ lines, dryRun, onRefused }) => {
    const count = { imported: 0, unchanged: 0, refused: 0 };
    const judge = createJudge();
    for await (const batch of batches(lines)) {
      for (const { line, verdict, faults } of await take(batch, judge, dryRun)) {
        count[verdict] += 1;
        if (faults) onRefused({ line, faults });
      }
    }
    if (!dryRun) await record(count);
    return count;
  };

  function take(batch: readonly NumberedLine[], judge: Judge, dryRun: boolean) {
    // Once only: what is judged is remembered for the lines after it.
    return em.transactional(async (tx) => {
      const people = batch.flatMap(({ parsed }) => parsed.person ?? []);
      const taken = await importedUsers.findTaken(tx, people);
      const judged = batch.map(({ line, parsed }) => ({ line, ...judge(parsed, taken) }));
      const arrivals = judged.flatMap(({ person }) => person ?? []);
      if (!dryRun) await importedUsers.add(tx, arrivals);
      return judged;
    });
  }

  async function record(details: Record<string, number>): Promise<void> {
    const origin = commandLine();
    await transact(em, (tx) => audit.record(tx, { type: 'users.imported', origin, details }));
  }
}

interface NumberedLine {
  readonly line: number;
  readonly parsed: ParsedLine;
}

async function* batches(lines: AsyncIterable<string>): AsyncGenerator<NumberedLine[]> {
  let line = 0;
  let batch: NumberedLine[] = [];
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== '') batch.push({ line, parsed: parseImportLine(text) });
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
