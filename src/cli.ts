#!/usr/bin/env node
// cli.ts: the `latchkey` command: what is done to a deployment from its own machine. Settings come from the environment,
// as they do for the service. Only this file and main.ts touch `process`.
import { runCommand } from './cli/program.ts';

const { argv, env, stdin, stdout, stderr } = process;

await runCommand(
  argv.slice(2),
  {
    env,
    stdin,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isWatched: stderr.isTTY,
    get interrupted() {
      const controller = new AbortController();
      process.once('SIGINT', () => controller.abort());
      return controller.signal;
    },
    fail: () => {
      process.exitCode = 1;
    },
  },
  async () => {
    await import('./main.ts');
  },
);
