// words.ts: what went wrong and why a session is over, in words for people.
import type { LatchkeyError } from '../../../sdk/src/latchkey.ts';

const SIGNED_OUT = 'You were signed out.';
const UNREACHABLE = 'The service cannot be reached. Try again.';
const BROKEN = 'Something went wrong. Try again.';
export const DIFFERENT = 'The passwords are not the same.';
export const MISSING = 'Fill this in.';

const reasons = new Map([
  ['token_reused', 'For your safety you were signed out: your session was used from somewhere else.'],
  ['expired', 'Your session has expired.'],
  ['expired_idle', 'Your session has expired.'],
  ['ended_by_user', 'This session was ended on another device.'],
  ['password_changed', 'You were signed out because your password was changed.'],
  ['password_reset', 'You were signed out because your password was reset.'],
  ['logged_out', 'You are signed out.'],
]);

export function reasonWords(reason: string): string {
  return reasons.get(reason) ?? SIGNED_OUT;
}

const failures = new Map([
  ['invalid_grant', 'The user name or the password is wrong.'],
  ['email_unverified', 'Your e-mail address has to be verified first. The link is in your mailbox.'],
  ['password_wrong', 'The password is wrong.'],
  ['code_invalid', 'This link is not valid any more. Ask for a new mail.'],
  ['code_sets_no_password', 'This link cannot set a password. Ask for a mail to reset it.'],
  ['proof_required', 'This link is for another account. Enter the password of that account.'],
  ['already_verified', 'This e-mail address is verified already.'],
  ['email_taken', 'This e-mail address already has an account.'],
  ['username_taken', 'This user name is taken.'],
  ['signup_closed', 'Nobody can sign up here.'],
  ['last_admin', 'This is the last account that can administer the service, so it stays.'],
]);

const fieldFaults = new Map([
  ['email_taken', 'This e-mail address already has an account.'],
  ['username_taken', 'This user name is taken.'],
  ['required', MISSING],
  ['too_short', MISSING],
  ['too_long', 'This is too long.'],
]);

export type Failure = Pick<LatchkeyError, 'status' | 'code' | 'reason' | 'errors' | 'retryAfterSeconds'>;

/** The whole of it, in one sentence or two. */
export function failureWords({ status, code, reason, retryAfterSeconds }: Failure): string {
  if (status === 429) return `Too many attempts. Try again in ${durationWords(retryAfterSeconds ?? 60)}.`;
  if (code === 'network' || status === 503) return UNREACHABLE;
  return failures.get(reason ?? code) ?? failures.get(code) ?? BROKEN;
}

/** Below two minutes in seconds, so that there are always several. */
function durationWords(seconds: number): string {
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} minutes`;
  return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
}

export interface Fault {
  /** Of the field. */
  readonly name: string;
  readonly message: string;
}

/** What belongs beside a field. A field has the name of the member that it becomes. */
export function faultsIn({ errors }: Failure): Fault[] {
  return errors.map(({ pointer, code, detail }) => ({
    name: pointer.slice(1),
    message: fieldFaults.get(code) ?? detail,
  }));
}

export function summaryWords(faults: number): string {
  return faults === 1 ? 'Please look at the marked field.' : `Please look at the ${faults} marked fields.`;
}
