// main.ts: environment -> configuration -> service -> listen -> drain. Only this file and cli.ts touch `process`.
import { setTimeout } from 'node:timers/promises';
import { type Config, parseConfig } from './config.ts';
import { explain } from './explain.ts';
import { addMilliseconds, systemClock } from './platform/clock.ts';
import { giveBackMemory } from './platform/give-back-memory.ts';
import { lowerHashingThreads } from './platform/thread-priority.ts';
import { listen } from './server.ts';
import { createService } from './service.ts';

const DRAIN_DEADLINE_MS = 10_000;
const SAME_SIGNAL_MS = 500;
/** Soon: what V8 has learnt of code that is busy already is forgotten with the rest. */
const TIDY_AFTER_MS = 300;

async function main(): Promise<void> {
  const { host, port } = parseConfig(process.env);
  const server = await listen(host, port);
  // Once more, with the port that we really got: it is part of the issuer when nobody named one.
  const config = parseConfig({ ...process.env, PORT: String(server.port) });
  const service = await createService(config);
  await service.start();
  lowerHashingThreads();
  let stoppingSince: Date | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);
  server.serve(service.handle);
  service.background.start();
  service.log.info({ port: server.port, issuer: config.issuer }, 'listening');
  if (!config.production) process.stdout.write(welcome(config));
  setTimeout(TIDY_AFTER_MS, undefined, { ref: false })
    .then(giveBackMemory)
    .catch((error: unknown) => service.log.warn({ err: error }, 'the memory of the start is kept'));

  /** Whoever asks a second time does not want to wait. At the same moment it is no second time: a terminal tells npm too. */
  function onSignal(signal: NodeJS.Signals): void {
    const at = systemClock();
    if (stoppingSince) {
      if (addMilliseconds(stoppingSince, SAME_SIGNAL_MS) < at) process.exit(1);
      return;
    }
    stoppingSince = at;
    stop(signal).catch((error: unknown) => {
      service.log.error({ err: error }, 'not stopped in order');
      process.exit(1);
    });
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    service.log.info({ signal }, 'stopping');
    // A mail that is on its way when time is up has not been marked as sent: it goes out again later.
    const resting = Promise.race([service.background.stop(), setTimeout(DRAIN_DEADLINE_MS)]);
    await Promise.all([server.drain(DRAIN_DEADLINE_MS), resting]);
    await service.close();
    process.exit(0);
  }
}

function welcome({ issuer, demo }: Config): string {
  return `
Latchkey listens at ${issuer}

Next, in another terminal: make an account, and be signed in at once.

  curl ${issuer}/signup --json '{"email":"ada@example.com","password":"correct horse battery"}'

The README goes on from there. The contract: ${issuer}/docs${demo ? `; an application to try: ${issuer}/demo` : ''}

`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
