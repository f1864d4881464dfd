// cli/program.ts: the `latchkey` command, with everything that it can do.
import { Command, CommanderError } from 'commander';
import { explain } from '../explain.ts';
import { visible } from '../platform/visible.ts';
import { auditCommand } from './audit.ts';
import { clientCommand } from './client.ts';
import { databaseCommand } from './database.ts';
import { doctorCommand } from './doctor.ts';
import { keysCommand, secretsCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { roleCommand } from './role.ts';
import { sessionCommand } from './session.ts';
import { escaping, type Terminal } from './terminal.ts';
import { userCommand } from './user.ts';

/** Never rejects: whatever goes wrong is said in a line. `serve` runs the service. */
export async function runCommand(words: readonly string[], world: Terminal, serve: () => Promise<void>) {
  const terminal = escaping(world);
  const program = new Command('latchkey')
    .description('Looks after a Latchkey deployment.')
    .addCommand(new Command('serve').description('runs the service').action(serve))
    .addCommand(migrateCommand(terminal))
    .addCommand(databaseCommand(terminal))
    .addCommand(userCommand(terminal))
    .addCommand(sessionCommand(terminal))
    .addCommand(clientCommand(terminal))
    .addCommand(roleCommand(terminal))
    .addCommand(keysCommand(terminal))
    .addCommand(secretsCommand(terminal))
    .addCommand(auditCommand(terminal))
    .addCommand(doctorCommand(terminal));
  /** Commander repeats words that it does not know. */
  const outputError = (text: string, write: (text: string) => void) =>
    write(words.reduce((shown, word) => shown.replaceAll(word, visible(word)), text));
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({ writeOut: terminal.out, writeErr: terminal.err, outputError });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    report(error, terminal);
  }
}

/** Commander has had its say already. */
function report(error: unknown, { err, fail }: Terminal): void {
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0) fail();
    return;
  }
  err(`${explain(error)}\n`);
  fail();
}
