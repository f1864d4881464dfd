// accounts/import-judge.ts: what becomes of one line of a file of people, given who is there and what earlier lines said.
import { digest } from '../platform/secrets.ts';
import type { ImportedUser, Taken } from '../users/imported-users.ts';
import { canonicalUsername } from '../users/username.ts';
import type { ParsedLine } from './import-line.ts';
import type { RoleFault } from './import-roles.ts';

export interface Judgement {
  readonly verdict: 'imported' | 'unchanged' | 'refused';
  readonly person?: ImportedUser;
  readonly faults?: readonly string[];
}

/** What the database says at the moment. */
export interface Present {
  readonly taken: Taken;
  readonly roleFault: RoleFault;
}

/** Call it with the lines in their order. */
export type Judge = (line: ParsedLine, present: Present) => Judgement;

export function createJudge(): Judge {
  const ids = createMemory();
  const emails = createMemory();
  const usernames = createMemory();

  function nameFault({ id, username }: ImportedUser, taken: Taken): string | null {
    if (!ids.isFree(id, taken.ids)) return 'id: Another user has this identifier.';
    const name = username && canonicalUsername(username);
    return usernames.isFree(name, taken.usernames) ? null : 'username: Another user has this name.';
  }

  return ({ person, faults }, { taken, roleFault }) => {
    if (!person) return { verdict: 'refused', faults };
    const { email, roles } = person;
    if (!emails.isNew(email.canonical)) return refused('email: This address is on an earlier line.');
    if (taken.emails.has(email.canonical)) return { verdict: 'unchanged' };
    const fault = roleFault(roles) ?? nameFault(person, taken);
    return fault === null ? { verdict: 'imported', person } : refused(fault);
  };
}

function refused(fault: string): Judgement {
  return { verdict: 'refused', faults: [fault] };
}

/**
 * What earlier lines have said: the database does not know of it yet, and after a dry run never will. By 52 bits of a
 * digest, which is a few bytes a line; two of a million lines are mistaken for one another once in 10,000 files.
 */
function createMemory() {
  const marks = new Set<number>();

  /** From now on it is not. */
  function isNew(text: string): boolean {
    const { size } = marks;
    return marks.add(Number.parseInt(digest(text).slice(0, 13), 16)).size > size;
  }

  function isFree(text: string | null, taken: ReadonlySet<string>): boolean {
    return text === null || (!taken.has(text) && isNew(text));
  }

  return { isNew, isFree };
}
