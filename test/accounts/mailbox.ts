// test/accounts/mailbox.ts: people who ask for mails, read them, and come back with what was in them.
import { User } from '../../src/users/user.ts';
import { type Answer, bearer, PASSWORD, type Tokens } from '../harness/api.ts';
import { codeIn } from '../harness/letters.ts';
import { type Options, type RunningService, startService } from '../harness/service.ts';

export const ANN = 'ann@example.com';
export const BOB = 'bob@example.com';
export const NEW_ADDRESS = 'ann@elsewhere.example';
export const NEW_PASSWORD = 'another horse battery';

/** What every code that is good for nothing is answered with. */
export const codeInvalid = { status: 400, body: { code: 'code_invalid' } };

export type Mailbox = ReturnType<typeof openMailbox>;

export function openMailbox(service: RunningService) {
  const { api, clock, database, deliverMails, letters } = service;

  const put = (path: string, { access_token }: Tokens, body: object): Promise<Answer> =>
    api.send('PUT', path, {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...bearer(access_token) },
    });

  const askReset = (email: unknown = ANN) => api.post('/password-reset', { email });
  const askVerification = (email: unknown = ANN) => api.post('/email-verification', { email });
  const reset = (code: unknown, password: unknown = NEW_PASSWORD) =>
    api.post('/password-reset/confirm', { code, password });
  const verify = (code: unknown, proof: object = { password: PASSWORD }, token?: string) =>
    api.post('/email-verification/confirm', { code, ...proof }, token === undefined ? {} : bearer(token));
  const changeEmail = (tokens: Tokens, email: unknown = NEW_ADDRESS, password: unknown = PASSWORD) =>
    put('/me/email', tokens, { email, password });
  const changePassword = (tokens: Tokens) =>
    put('/me/password', tokens, { current_password: PASSWORD, new_password: NEW_PASSWORD });
  const deleteAccount = ({ access_token }: Tokens) =>
    api.send('DELETE', '/me', {
      body: JSON.stringify({ password: PASSWORD }),
      headers: { 'Content-Type': 'application/json', ...bearer(access_token) },
    });
  const disable = (id: string) => database.em.fork().nativeUpdate(User, { id }, { disabledAt: clock.now() });
  /** As if the address had been verified long ago: notices go to verified addresses only. */
  const markVerified = (email = ANN) =>
    database.em.fork().nativeUpdate(User, { email }, { emailVerifiedAt: clock.now() });

  /** Sends what waits, and gives the letters that have gone out since the last time. */
  async function newLetters() {
    await deliverMails();
    return letters.splice(0);
  }

  /** Sends what waits, and gives the code in the letter to that address. */
  async function codeTo(address: string): Promise<string> {
    return codeIn((await newLetters()).find(({ to, text }) => to === address && text.includes('code=')));
  }

  async function resetCode(email = ANN): Promise<string> {
    await askReset(email);
    return codeTo(email);
  }

  async function changeCode(tokens: Tokens, email = NEW_ADDRESS): Promise<string> {
    await changeEmail(tokens, email);
    return codeTo(email);
  }

  /** When every address may be written to again. Access tokens have run out by then. */
  const waitAnHour = () => clock.advance({ hours: 1, seconds: 1 });

  const verbs = {
    askReset,
    askVerification,
    reset,
    verify,
    changeEmail,
    changePassword,
    deleteAccount,
    disable,
    markVerified,
  };
  return { ...verbs, newLetters, codeTo, resetCode, changeCode, waitAnHour };
}

/** Ann has signed up, and has not used the code from her first mail yet. */
export async function startWithAnn(options: Options = {}) {
  const service = await startService(options);
  const mailbox = openMailbox(service);
  const { user, tokens } = await service.api.signUp({ email: ANN });
  return { ...service, ...mailbox, user, tokens, code: await mailbox.codeTo(ANN) };
}

/** Ann with one code of each purpose, none of them used. */
export async function startWithCodes() {
  const service = await startWithAnn();
  const { tokens, code: verification, resetCode, changeCode } = service;
  return { ...service, codes: { verification, reset: await resetCode(), change: await changeCode(tokens) } };
}

/** Every row of every table, as text. */
export async function readTables({ database }: RunningService): Promise<Record<string, string[]>> {
  const em = database.em.fork();
  const tables: Record<string, string[]> = {};
  for (const { tableName } of database.orm.getMetadata().getAll().values()) {
    const rows = await em.execute(`select * from ${tableName}`);
    tables[tableName] = rows.map((row) => JSON.stringify(row)).toSorted();
  }
  return tables;
}

/** What the audit log says of letters that went out. */
export function withoutRequests(tables: Record<string, string[]>): Record<string, string[]> {
  return withoutEvents(tables, 'user.password_reset_requested');
}

/** A failed try is recorded, whatever it was for. */
export function withoutTries(tables: Record<string, string[]>): Record<string, string[]> {
  return withoutEvents(tables, 'sign_in.failed');
}

export function withoutEvents({ audit_events = [], ...tables }: Record<string, string[]>, type: string) {
  return { ...tables, audit_events: audit_events.filter((row) => !row.includes(`"${type}"`)) };
}

/** How many answers there were of each kind. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const kinds = Object.groupBy(answers, ({ status, body }) => `${status} ${body.code ?? ''}`.trim());
  return Object.fromEntries(Object.entries(kinds).map(([kind, all]) => [kind, all?.length ?? 0]));
}
