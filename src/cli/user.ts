// cli/user.ts: people.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { Email, PersonalText, Username } from '../accounts/members.ts';
import { OperatorError } from '../errors.ts';
import { visible } from '../platform/visible.ts';
import type { UserRow } from '../users/user.ts';
import { presentUser } from '../users/user-wire.ts';
import { type ImportOptions, importUsers } from './import.ts';
import { type Output, operator, print, table, withService } from './run.ts';
import { readSecret } from './secret.ts';
import type { Terminal } from './terminal.ts';

const MAX_LISTED = 1000;

interface CreateOptions extends Output {
  readonly email: string;
  readonly username?: string;
  readonly name?: string;
  readonly role: string[];
  readonly password: boolean;
  readonly emailVerified?: boolean;
}

interface ListOptions extends Output {
  readonly search: string;
  readonly after: string;
}

export function userCommand(terminal: Terminal): Command {
  const user = new Command('user').description('people');
  const one = (name: string, description: string) =>
    user.command(`${name} <user>`).description(`${description}; by identifier, address or user name`);

  user
    .command('create')
    .description('makes an account; the password comes from a prompt or from standard input')
    .requiredOption('--email <address>')
    .option('--username <name>')
    .option('--name <name>')
    .option('--role <role...>', 'beside `user`, which everybody has', [])
    .option('--email-verified', 'the address is known to be theirs')
    .option('--no-password', 'they choose one by mail')
    .option('--json', 'for programs')
    .action((options: CreateOptions) => create(terminal, options));
  user
    .command('list')
    .description(`up to ${MAX_LISTED} people, by address`)
    .option('--search <text>', 'part of the address or the user name', '')
    .option('--after <address>', 'from the one after this', '')
    .option('--json', 'for programs')
    .action((options: ListOptions) => list(terminal, options));
  one('show', 'everything about one of them')
    .option('--json', 'for programs')
    .action((name: string, options: Output) => show(terminal, name, options));
  one('disable', 'ends all sessions, and nobody signs in').action((name: string) => setDisabled(terminal, name, true));
  one('enable', 'takes that back').action((name: string) => setDisabled(terminal, name, false));
  user
    .command('grant-role <user> <role>')
    .description('shows in tokens at the next refresh')
    .action((name: string, role: string) => changeRoles(terminal, name, (roles) => [...roles, role]));
  user
    .command('revoke-role <user> <role>')
    .description('takes that back')
    .action((name: string, role: string) =>
      changeRoles(terminal, name, (roles) => roles.filter((one) => one !== role)),
    );
  user
    .command('import <file>')
    .description('takes people in, one JSON object a line; see "Moving" in the README')
    .option('--dry-run', 'say what would happen, and change nothing', false)
    .addOption(
      new Option('--allow-role <name>', 'grant this role although it gives administrative scopes; repeatable')
        .default([])
        .argParser((name: string, names: readonly string[]) => [...names, name]),
    )
    .action((file: string, options: ImportOptions) => importUsers(terminal, file, options));
  return user;
}

const Create = z.object({ email: Email, username: Username.optional(), name: PersonalText.optional() });

async function create(terminal: Terminal, options: CreateOptions): Promise<void> {
  const parsed = Create.safeParse(options);
  if (!parsed.success) {
    throw new OperatorError(
      parsed.error.issues.map(({ path, message }) => visible(`--${path.join('.')}: ${message}`)).join('\n'),
    );
  }
  const { email, username = null, name = null } = parsed.data;
  const password = options.password ? await readSecret(terminal, 'Password') : null;
  const user = await withService(terminal, async ({ userAdmin, passwords }) => {
    const owner = { email: email.address, username };
    const fault = password === null ? null : (passwords.findFault(password) ?? passwords.findFaultFor(owner, password));
    if (fault) throw new OperatorError(fault.detail);
    const profile = { givenName: null, familyName: null, name, locale: null, zoneinfo: null };
    const passwordHash = password === null ? null : await passwords.hash(password);
    const isEmailVerified = options.emailVerified ?? false;
    return userAdmin.create(
      { email, username, profile, passwordHash, isEmailVerified, roles: options.role },
      operator(),
    );
  });
  print(terminal, presentUser(user), options, () => `${user.id} ${visible(user.email)}`);
}

async function list(terminal: Terminal, options: ListOptions): Promise<void> {
  const page = { search: options.search, after: options.after.toLowerCase(), limit: MAX_LISTED };
  const people = await withService(terminal, ({ users }) => users.list(page));
  print(terminal, people.map(presentUser), options, () =>
    table(people.map((user) => [user.email, user.username ?? '-', user.roles.join(' '), stateOf(user)])),
  );
}

async function show(terminal: Terminal, name: string, options: Output): Promise<void> {
  const user = presentUser(await withService(terminal, ({ userAdmin }) => userAdmin.get(name)));
  print(terminal, user, options, () =>
    table(
      Object.entries(user).map(([member, value]) => [
        member,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  );
}

async function setDisabled(terminal: Terminal, name: string, disabled: boolean): Promise<void> {
  await withService(terminal, async ({ userAdmin }) => {
    const user = await userAdmin.get(name);
    await (disabled ? userAdmin.disable : userAdmin.enable)(user, operator());
  });
}

async function changeRoles(
  terminal: Terminal,
  name: string,
  next: (roles: readonly string[]) => string[],
): Promise<void> {
  await withService(terminal, async ({ userAdmin }) => {
    const user = await userAdmin.get(name);
    await userAdmin.setRoles(user, next(user.roles), operator());
  });
}

function stateOf({ disabledAt, emailVerifiedAt }: UserRow): string {
  if (disabledAt) return 'disabled';
  return emailVerifiedAt ? '' : 'unverified';
}
