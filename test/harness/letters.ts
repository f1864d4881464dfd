// test/harness/letters.ts: letters as their recipients read them.
import type { Letter } from '../../src/platform/mailer.ts';

/** The code in the link of a letter. */
export function codeIn(letter: Pick<Letter, 'text'> | undefined): string {
  const [, code] = /code=([\w-]+)/.exec(letter?.text ?? '') ?? [];
  if (code === undefined) throw new Error(`There is no code in: ${letter?.text}`);
  return code;
}

/** Letters that are due at the same time leave in no order: of several to one address, the subject tells which. */
export function letterTo(letters: readonly Letter[], address: string, subject: RegExp): Letter | undefined {
  return letters.findLast((letter) => letter.to === address && subject.test(letter.subject));
}
