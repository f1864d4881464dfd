// cli/keys.ts: the keys that sign access tokens, and the secrets that they are sealed with.
import { Command } from 'commander';
import { presentKey } from '../admin/key-routes.ts';
import { OperatorError } from '../errors.ts';
import { keyState } from '../keys/signing-key.ts';
import { commandLine } from '../platform/origin.ts';
import { visible } from '../platform/visible.ts';
import { type Output, print, table, withService } from './run.ts';
import type { Terminal } from './terminal.ts';

export function keysCommand(terminal: Terminal): Command {
  const keys = new Command('keys').description('the keys that sign access tokens');
  keys
    .command('list')
    .description('all of them, newest first')
    .option('--json', 'for programs')
    .action((options: Output) => list(terminal, options));
  keys
    .command('rotate')
    .description('publishes the next key now; it signs when every verifier has it')
    .action(() => rotate(terminal));
  keys
    .command('revoke <kid>')
    .description('for an emergency: nothing that it has signed is good from now on')
    .action((kid: string) => revoke(terminal, kid));
  return keys;
}

export function secretsCommand(terminal: Terminal): Command {
  const secrets = new Command('secrets').description('the ring of secrets');
  secrets
    .command('rotate')
    .description('seals keys and mails anew with the first of SECRETS; refresh tokens follow as they are used')
    .action(() => reseal(terminal));
  return secrets;
}

async function list(terminal: Terminal, options: Output): Promise<void> {
  const rows = await withService(terminal, ({ keys }) => keys.list());
  print(terminal, rows.map(presentKey), options, () =>
    table(rows.map((row) => [row.kid, row.algorithm, keyState(row), row.createdAt.toISOString()])),
  );
}

async function rotate(terminal: Terminal): Promise<void> {
  const { kid, from } = await withService(terminal, async ({ keys }) => {
    const next = await keys.rotate(commandLine());
    return { kid: next.kid, from: keys.signsFrom(next) };
  });
  terminal.out(`${kid} is published, and signs from ${from.toISOString()}\n`);
}

async function revoke(terminal: Terminal, kid: string): Promise<void> {
  const isDone = await withService(terminal, ({ keys }) => keys.revoke(kid, commandLine()));
  if (!isDone) throw new OperatorError(`There is no key ${visible(kid)}, or it is revoked already.`);
}

async function reseal(terminal: Terminal): Promise<void> {
  const { keys, mails } = await withService(terminal, async (service) => ({
    keys: await service.keys.reseal(),
    mails: await service.resealMails(),
  }));
  terminal.out(`Sealed anew: ${keys} keys, ${mails} mails that wait.\n`);
}
