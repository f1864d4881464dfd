// test/harness/canaries.ts: every secret that passes through a service, and the places where none may be found afterwards.
import type { RequestListener } from 'node:http';
import { auditEventTypes } from '../../src/audit/audit-event.ts';
import type { Database } from '../../src/database.ts';
import type { Letter, Mailer } from '../../src/platform/mailer.ts';
import { type Overheard, overhear } from './overhear.ts';

const inAnswers = ['access_token', 'refresh_token', 'client_secret'];
const inRequests = [
  ...inAnswers,
  ...['password', 'current_password', 'new_password', 'client_assertion', 'token', 'code'],
];

/**
 * What people are called by, and the services that tokens are for. It is stored, tests choose passwords that are made of it, and a
 * fuzzer sends it as a password.
 */
const openMembers = ['email', 'username', 'preferred_username', 'audiences', 'resource'];

/** Tests bring them back in the place of tokens. */
const identifiers = ['id', 'session_id'];

const MIN_LENGTH = 12;

/**
 * Not looked for: what is so short that it is found by accident, the name of a member or of an event (a fuzzer sends
 * them as values), a digest, which is what is stored instead, and an identifier of ours, which the log names: tests bring
 * both back to see that they are good for nothing. What is part of an address, of a user name, of an identifier or of the
 * issuer (`allow`) is looked for in the log only.
 */
const isTelling = (value: string) => value.length >= MIN_LENGTH && !dull.some((pattern) => pattern.test(value));
const dull = [
  /^[a-z]+(_[a-z]+)+$/,
  new RegExp(`^(${auditEventTypes.join('|')})$`),
  /^[0-9a-f]{64}$/,
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
];

interface Settings {
  /** Of the deployment. */
  readonly secrets: readonly string[];
  readonly issuer: string;
  /** The development mailer is in use. */
  readonly printsLetters: boolean;
}

interface Stored {
  readonly database: Database;
  readonly databaseUrl: string;
}

export type Canaries = ReturnType<typeof createCanaries>;

export function createCanaries({ secrets, issuer, printsLetters }: Settings) {
  const kinds = new Map<string, string>();
  const open = new Set([issuer]);
  const lines: string[] = [];
  const refusals: string[] = [];
  let searched = false;

  /** From now on it must be nowhere. `kind` is how a leak of it is called. */
  function add(kind: string, value: string): void {
    if (isTelling(value)) kinds.set(essenceOf(value), kind);
  }

  function addMembers(names: readonly string[], members: readonly Member[]): void {
    for (const [name, value] of members) if (names.includes(name)) add(name, value);
  }

  /** It is stored or told on purpose, and with it whatever is part of it. */
  function allow(text: string): void {
    open.add(text.toLowerCase());
  }

  function allowMembers(names: readonly string[], members: readonly Member[]): void {
    for (const [name, value] of members) if (names.includes(name)) allow(value);
  }

  const isOpen = (secret: string) => [...open].some((text) => text.includes(secret.toLowerCase()));

  function addAuthorization(field: string): void {
    const [scheme = '', credentials = ''] = field.split(' ', 2);
    add('Authorization', credentials);
    if (scheme.toLowerCase() !== 'basic') return;
    const pair = Buffer.from(credentials, 'base64').toString('utf8');
    add('Authorization, decoded', pair);
    add('client secret of Basic', new URLSearchParams(`=${pair.slice(pair.indexOf(':') + 1)}`).get('') ?? '');
  }

  function heed({ url, headers, requestBody, status, responseHeaders, responseBody }: Overheard): void {
    const sent = membersOf(requestBody);
    addMembers(inRequests, [...sent, ...membersOf(url.replace(/^[^?]*\??/, ''))]);
    allowMembers(openMembers, sent);
    if (headers.authorization) addAuthorization(headers.authorization);
    add('Idempotency-Key', String(headers['idempotency-key'] ?? ''));
    const told = membersOf(responseBody);
    addMembers(inAnswers, told);
    allowMembers(identifiers, told);
    if (status >= 400) refusals.push(responseHeaders, responseBody);
  }

  function addLetter({ to, text }: Pick<Letter, 'to' | 'text'>): void {
    allow(to);
    for (const [, code = ''] of text.matchAll(/code=([\w-]+)/g)) add('one-time code', code);
  }

  function read(line: string): void {
    lines.push(printsLetters ? withoutLetter(line) : line);
  }

  /** The development mailer shows letters in the log; that, in its own lines, is no leak. */
  function withoutLetter(line: string): string {
    const { to, subject, text, ...rest } = JSON.parse(line);
    if (rest.msg !== 'mail' || typeof text !== 'string') return line;
    addLetter({ to, text });
    return JSON.stringify(rest);
  }

  /** Throws with all that is found, and does nothing when it is asked again. */
  async function assertNowhere({ database, databaseUrl }: Stored): Promise<void> {
    if (searched) return;
    searched = true;
    const hidden = new Map([...kinds].filter(([secret]) => !isOpen(secret)));
    const addresses = new Map([...open].filter((text) => /.@./.test(text)).map((text) => [text, 'e-mail address']));
    const log = lines.join('');
    const tables = await readTables(database, databaseUrl);
    const leaks = [
      ...leaksIn({ 'the log': log }, kinds),
      ...leaksIn({ 'an error answer': refusals.join('\n'), ...tables }, hidden),
      ...leaksIn({ 'the log': log.toLowerCase() }, addresses),
    ];
    if (leaks.length > 0) throw new Error(`Secrets have leaked:\n${leaks.join('\n')}`);
  }

  for (const secret of secrets) add('secret of the deployment', secret);

  return {
    add,
    allow,
    read,
    assertNowhere,
    listening: (handle: RequestListener): RequestListener => overhear(handle, heed),
    reading:
      (mailer: Mailer): Mailer =>
      (letter, signal) => {
        addLetter(letter);
        return mailer(letter, signal);
      },
  };
}

/** The part that nobody can use the rest without: it is looked for alone, so that a token cut in pieces is found too. */
function essenceOf(secret: string): string {
  const [, signature] = /^[\w-]+\.[\w-]+\.([\w-]{12,})$/.exec(secret) ?? [];
  return signature ?? secret.replace(/^lkr_(?=.{12})/, '');
}

type Member = readonly [name: string, value: string];

/** Of a JSON object, however deep, or of a form. What is neither has none. */
function membersOf(text: string): Member[] {
  if (!text.startsWith('{')) return [...new URLSearchParams(text)];
  try {
    return stringsIn(JSON.parse(text), '');
  } catch {
    return [];
  }
}

/** Of a list, all have its name. */
function stringsIn(value: unknown, name: string): Member[] {
  if (typeof value === 'string') return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item) => stringsIn(item, name));
  return Object.entries(value ?? {}).flatMap(([inner, member]) => stringsIn(member, inner));
}

function leaksIn(places: Readonly<Record<string, string>>, kinds: ReadonlyMap<string, string>): string[] {
  return [...kinds].flatMap(([secret, kind]) => {
    const spellings = spellingsOf(secret);
    const found = Object.entries(places).filter(([, text]) => spellings.some((spelling) => text.includes(spelling)));
    return found.map(([place]) => `${kind} in ${place}: ${secret}`);
  });
}

/** As it is, in JSON, in a link and in a form. */
function spellingsOf(secret: string): string[] {
  if (/^[\w.~-]*$/.test(secret)) return [secret];
  const encoded = encodeURIComponent(secret.toWellFormed());
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encoded, encoded.replaceAll('%20', '+')])];
}

/** Not by the entities: tests take tables away, and a migration could leave one behind that no entity knows. */
const catalogues = {
  sqlite: "select name from sqlite_master where type = 'table'",
  postgres: "select tablename as name from pg_tables where schemaname = 'public'",
};

/** Every value of every row. Of a database that a test has taken away nothing can be read. */
async function readTables({ em, isReachable }: Database, url: string): Promise<Record<string, string>> {
  if (!(await isReachable())) return {};
  const catalogue = url.startsWith('sqlite:') ? catalogues.sqlite : catalogues.postgres;
  const tables: Record<string, string> = {};
  for (const { name } of await em.execute<{ name: string }[]>(catalogue)) {
    const rows = await em.execute<object[]>(`select * from "${name}"`);
    tables[`the table ${name}`] = rows.flatMap(Object.values).map(textOf).join('\n');
  }
  return tables;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
