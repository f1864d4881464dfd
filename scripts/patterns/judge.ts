// scripts/patterns/judge.ts: says which regular expressions an attacker can make slow, with recheck.
import { checkSync } from 'recheck';
import { findPatterns, type Pattern } from './find.ts';

/** Per expression. A result that needs longer is `unknown`, which is a complaint too. */
const TIMEOUT_MS = 30_000;

/** One sentence for each expression in the source that is not proven linear. */
export function complaintsAbout(file: string, text: string): string[] {
  return findPatterns(text).flatMap((found) => {
    const complaint = found.source === null ? DYNAMIC : complaintAbout(found);
    return complaint === null ? [] : [`${file}:${found.line} ${complaint}`];
  });
}

const DYNAMIC = 'puts a pattern together at run time. Write a literal, so that it can be checked.';

function complaintAbout({ source, flags }: Pattern): string | null {
  const shown = `/${source}/${flags}`;
  const result = checkSync(source, flags, { timeout: TIMEOUT_MS });
  switch (result.status) {
    case 'safe':
      return null;
    case 'vulnerable':
      return `${shown} takes ${result.complexity.summary} time: for example on ${result.attack.pattern}`;
    case 'unknown':
      return `${shown} cannot be checked: ${result.error.kind}`;
  }
}
