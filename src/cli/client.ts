// cli/client.ts: programs.
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { Act } from '../admin/powers.ts';
import { clientTypes, grantTypes } from '../clients/client.ts';
import { presentClient } from '../clients/client-wire.ts';
import { ClientRegistrationRequest } from '../clients/registration.ts';
import { OperatorError } from '../errors.ts';
import { commandLine } from '../platform/origin.ts';
import { transact } from '../platform/transaction.ts';
import { visible } from '../platform/visible.ts';
import type { Service } from '../service.ts';
import { assertFound, type Output, operator, orMissing, print, table, withService } from './run.ts';
import type { Terminal } from './terminal.ts';

interface CreateOptions extends Output {
  readonly name?: string;
  readonly type: string;
  readonly firstParty?: boolean;
  readonly grant: string[];
  readonly scope: string[];
  readonly audience: string[];
  readonly corsOrigin: string[];
  readonly jwks?: string;
  readonly secret?: boolean;
  readonly accessTokenSeconds?: string;
}

interface RotateOptions extends Output {
  readonly dropOld?: boolean;
}

export function clientCommand(terminal: Terminal): Command {
  const client = new Command('client').description('programs');
  client
    .command('create <id>')
    .description('registers a client; its secret, if it has one, is shown once')
    .option('--name <name>', 'for people; by default the identifier')
    .addOption(new Option('--type <type>').choices(clientTypes).default('confidential'))
    .option('--first-party', 'people may type their password into it')
    .addOption(new Option('--grant <grant...>').choices(grantTypes).default(['client_credentials']))
    .option('--scope <scope...>', 'what it may ask for', [])
    .option(
      '--audience <uri...>',
      'whom its tokens may be for, the default first; by default that of the deployment',
      [],
    )
    .option('--cors-origin <origin...>', 'whose pages may call, like https://app.example', [])
    .option('--jwks <file>', 'public keys that verify its assertions (private_key_jwt), instead of a secret')
    .option('--secret', 'a secret beside the keys, for a transition')
    .option('--access-token-seconds <seconds>', 'life of its access tokens')
    .option('--json', 'for programs')
    .action((id: string, options: CreateOptions) => create(terminal, id, options));
  client
    .command('list')
    .option('--json', 'for programs')
    .description('all of them')
    .action((options: Output) => list(terminal, options));
  client
    .command('rotate-secret <id>')
    .description('a new secret, shown once; the one before it stays good until --drop-old')
    .option('--drop-old', 'no new one: only the newest stays good')
    .option('--json', 'for programs')
    .action((id: string, options: RotateOptions) => rotateSecret(terminal, id, options));
  client
    .command('disable <id>')
    .description('ends its sessions and issues nothing to it')
    .action((id: string) => setDisabled(terminal, id, true));
  client
    .command('enable <id>')
    .description('lets it in again; its sessions stay ended')
    .action((id: string) => setDisabled(terminal, id, false));
  client
    .command('delete <id>')
    .description('ends its sessions and deletes it')
    .action((id: string) => remove(terminal, id));
  return client;
}

async function create(terminal: Terminal, id: string, options: CreateOptions): Promise<void> {
  const registration = await readRegistration(id, options);
  const { secret } = await withService(terminal, async ({ clients, clientAdmin }) => {
    if (await clients.isTaken(id)) throw new OperatorError(`There is a client ${visible(id)} already.`);
    return clientAdmin.register(registration, operator());
  });
  showSecret(terminal, id, secret, options);
}

async function readRegistration(id: string, options: CreateOptions) {
  const { name = id, type, firstParty, grant, scope, audience, corsOrigin, jwks, secret, accessTokenSeconds } = options;
  const result = ClientRegistrationRequest.safeParse({
    id,
    name,
    type,
    first_party: firstParty,
    grants: grant,
    scopes: scope,
    audiences: audience,
    cors_origins: corsOrigin,
    jwks: jwks === undefined ? null : JSON.parse(await readFile(jwks, 'utf8')),
    secret,
    access_token_seconds: accessTokenSeconds === undefined ? null : Number(accessTokenSeconds),
  });
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => visible(`${path.join('.')}: ${message}`));
  throw new OperatorError(faults.join('\n'));
}

function showSecret(terminal: Terminal, id: string, secret: string | null, options: Output): void {
  const lines = [
    `client_id      ${id}`,
    ...(secret ? [`client_secret  ${secret}`, 'The secret is not shown again.'] : []),
  ];
  print(terminal, { client_id: id, client_secret: secret }, options, () => lines.join('\n'));
}

async function list(terminal: Terminal, options: Output): Promise<void> {
  const rows = await withService(terminal, ({ clients }) => clients.list());
  print(terminal, rows.map(presentClient), options, () =>
    table(
      rows.map((row) => [
        row.id,
        row.type,
        row.grants.join(' '),
        row.scopes.join(' '),
        row.disabledAt ? 'disabled' : '',
      ]),
    ),
  );
}

async function rotateSecret(terminal: Terminal, id: string, options: RotateOptions): Promise<void> {
  const secret = await withService(terminal, ({ clients, audit, database }) =>
    transact(database.em, async (tx) => {
      await audit.record(tx, { type: 'client.secret_rotated', clientId: id, origin: commandLine() });
      if (!options.dropOld) return orMissing(await clients.rotateSecret(tx, id), `confidential client ${id}`);
      assertFound(await clients.dropOldSecrets(tx, id), `client ${id}`);
      return null;
    }),
  );
  if (secret !== null) showSecret(terminal, id, secret, options);
}

async function setDisabled(terminal: Terminal, id: string, disabled: boolean): Promise<void> {
  await withClient(terminal, id, ({ clientAdmin }, act) => clientAdmin.change(id, { disabled }, act));
}

async function remove(terminal: Terminal, id: string): Promise<void> {
  await withClient(terminal, id, ({ clientAdmin }, act) => clientAdmin.remove(id, act));
}

/** Returns when the sessions that end with it have ended. */
async function withClient(terminal: Terminal, id: string, work: (service: Service, act: Act) => Promise<unknown>) {
  await withService(terminal, async (service) => {
    const { clients, clientSessions, database } = service;
    orMissing(await clients.findRow(database.em, id), `client ${id}`);
    await work(service, operator());
    await clientSessions.endDue(commandLine());
  });
}
