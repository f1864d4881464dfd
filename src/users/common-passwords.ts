// users/common-passwords.ts: passwords that everybody tries first. The list is that of @zxcvbn-ts/language-common (MIT;
// from the leaks that Dropbox's zxcvbn was made with, ranked, in lower case): 49,233 entries, 17,950 of them with eight
// characters or more.
import { createRequire } from 'node:module';

type Common = typeof import('@zxcvbn-ts/language-common');

/** Read when the first password is chosen: the lists are megabytes, and an instance may never need them. */
const load = createRequire(import.meta.url);
let common: ReadonlySet<string> | undefined;

/** In any case: a capital letter at the beginning is what everybody tries second. */
export function isCommonPassword(password: string): boolean {
  common ??= new Set(listed());
  return common.has(password.toLowerCase());
}

function listed(): readonly string[] {
  const { dictionary }: Common = load('@zxcvbn-ts/language-common');
  return dictionary['passwords-common'];
}
