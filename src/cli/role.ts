// cli/role.ts: roles, and the scopes that they give.
import { Command } from 'commander';
import { ScopeToken } from '../clients/registration.ts';
import { OperatorError } from '../errors.ts';
import { type Output, operator, print, table, withService } from './run.ts';
import type { Terminal } from './terminal.ts';

interface CreateOptions {
  readonly description: string;
  readonly scope: string[];
}

export function roleCommand(terminal: Terminal): Command {
  const role = new Command('role').description('roles, and the scopes that they give');
  role
    .command('create <name>')
    .description('`user` is everybody’s: creating it gives everybody its scopes')
    .option('--description <text>', 'for people', '')
    .option('--scope <scope...>', 'what it gives', [])
    .action((name: string, options: CreateOptions) => create(terminal, name, options));
  role
    .command('list')
    .option('--json', 'for programs')
    .description('all of them')
    .action((options: Output) => list(terminal, options));
  return role;
}

async function create(terminal: Terminal, name: string, { description, scope: scopes }: CreateOptions): Promise<void> {
  if (!/^[a-z][a-z0-9_.-]{0,63}$/.test(name))
    throw new OperatorError('A role has a name of small letters, digits and _ . -');
  if (!scopes.every((scope) => ScopeToken.safeParse(scope).success)) throw new OperatorError('--scope: no such name.');
  await withService(terminal, async ({ roles, roleAdmin, database: { em } }) => {
    const isTaken = (await roles.list(em)).some((role) => role.name === name);
    if (isTaken) throw new OperatorError(`There is a role ${name} already.`);
    await roleAdmin.create({ name, description, scopes }, operator());
  });
}

async function list(terminal: Terminal, options: Output): Promise<void> {
  const roles = await withService(terminal, ({ roles, database: { em } }) => roles.list(em));
  const rows = roles.map(({ name, description, scopes }) => ({ name, description, scopes }));
  print(terminal, rows, options, () =>
    table(rows.map(({ name, scopes, description }) => [name, scopes.join(' '), description])),
  );
}
