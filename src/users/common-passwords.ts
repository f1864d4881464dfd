// users/common-passwords.ts: passwords that everybody tries first. The list is that of @zxcvbn-ts/language-common (MIT;
// from the leaks that Dropbox's zxcvbn was made with, ranked, in lower case): 49,233 entries, 17,950 of them with eight
// characters or more.
import { dictionary } from '@zxcvbn-ts/language-common';

const common: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** In any case: a capital letter at the beginning is what everybody tries second. */
export function isCommonPassword(password: string): boolean {
  return common.has(password.toLowerCase());
}
