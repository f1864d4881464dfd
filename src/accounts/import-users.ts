// accounts/import-users.ts: people moving in from another system, line by line, a batch at a time.
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { AuditLog } from '../audit/audit-log.ts';
import { commandLine } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import type { Roles } from '../roles/roles.ts';
import type { ImportedUsers } from '../users/imported-users.ts';
import { createJudge, type Judge } from './import-judge.ts';
import { type ParsedLine, parseImportLine } from './import-line.ts';
import {
  assertKnownRoles,
  createGrantCount,
  createRoleFault,
  type GrantedRole,
  type KnownRoles,
  knownRoles,
} from './import-roles.ts';

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
  /** Roles beyond the one that every user has. */
  readonly granted: readonly GrantedRole[];
}

export interface Import {
  /** Without line ends. An empty one is passed over. */
  readonly lines: AsyncIterable<string>;
  /** Find out what would happen, and change nothing. */
  readonly dryRun: boolean;
  /** Roles with administrative scopes that may be granted. */
  readonly allowedRoles: readonly string[];
  /** In the order of the lines. */
  onRefused(refusal: Refusal): void;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly importedUsers: ImportedUsers;
  readonly roles: Roles;
  readonly audit: AuditLog;
}

/** Leaves existing accounts alone, so running the same import again changes nothing. */
export type ImportUsers = (order: Import) => Promise<ImportReport>;

export function createImportUsers({ em, importedUsers, roles, audit }: Parts): ImportUsers {
  return async ({ lines, onRefused, ...options }) => {
    const count = { imported: 0, unchanged: 0, refused: 0 };
    const grants = createGrantCount();
    assertKnownRoles(await readRoles(em), options.allowedRoles);
    for await (const { line, verdict, faults, person } of takeAll(lines, options)) {
      count[verdict] += 1;
      if (person) grants.add(person.roles);
      if (faults) onRefused({ line, faults });
    }
    const report = { ...count, granted: grants.list(await readRoles(em)) };
    if (!options.dryRun) await record(report);
    return report;
  };

  async function readRoles(tx: SqlEntityManager): Promise<KnownRoles> {
    return knownRoles(await roles.list(tx));
  }

  async function* takeAll(lines: AsyncIterable<string>, options: Options) {
    const judge = createJudge();
    for await (const batch of batches(lines)) yield* await take(batch, judge, options);
  }

  function take(batch: readonly NumberedLine[], judge: Judge, { dryRun, allowedRoles }: Options) {
    // Once only: what is judged is remembered for the lines after it.
    return em.transactional(async (tx) => {
      const people = batch.flatMap(({ parsed }) => parsed.person ?? []);
      const roleFault = createRoleFault(await readRoles(tx), allowedRoles);
      const present = { taken: await importedUsers.findTaken(tx, people), roleFault };
      const judged = batch.map(({ line, parsed }) => ({ line, ...judge(parsed, present) }));
      const arrivals = judged.flatMap(({ person }) => person ?? []);
      if (!dryRun) await importedUsers.add(tx, arrivals);
      return judged;
    });
  }

  async function record({ granted, ...count }: ImportReport): Promise<void> {
    const roles = granted.map(({ role, users }) => `${role}: ${users}`).join(', ');
    const details = roles === '' ? count : { ...count, roles };
    const origin = commandLine();
    await transact(em, (tx) => audit.record(tx, { type: 'users.imported', origin, details }));
  }
}

type Options = Pick<Import, 'dryRun' | 'allowedRoles'>;

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
