// bench/suite/load.ts: the process that makes the load: it prepares worlds, and runs them when it is told to.

import { dialects } from './drives/dialects.ts';
import type { Dialect, Send } from './drives/drive.ts';
import { createRefresher } from './drives/sealed-tokens.ts';
import { createStorm, type RunStorm } from './drives/storm.ts';
import { hashRun, loop, repeat } from './loops.ts';
import { Order, type Tally } from './orders.ts';

const worlds = new Map<string, readonly Send[]>();
const hashes = new Map<string, (seconds: number) => Promise<Tally>>();
const storms = new Map<string, RunStorm>();

async function obey(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'prepare': {
      const dialect: Dialect = dialects[order.dialect];
      const drive = dialect[order.scenario];
      if (!drive) throw new Error(`${order.dialect} has no ${order.scenario}.`);
      return void worlds.set(order.name, await drive(order));
    }
    case 'prepare tokens':
      return void worlds.set(order.name, createRefresher(order));
    case 'prepare hashes':
      return void hashes.set(order.name, hashRun(order.url, order.atOnce));
    case 'prepare storm':
      return void storms.set(order.name, await createStorm(order));
    case 'run':
      return hashes.get(order.name)?.(order.seconds) ?? loop(sendsOf(order.name), order.seconds);
    case 'repeat':
      return repeat(sendsOf(order.name), order.times);
    case 'storm':
      return storms.get(order.name)?.(order.mode, order.seconds);
  }
}

function sendsOf(name: string): readonly Send[] {
  const sends = worlds.get(name);
  if (!sends) throw new Error(`There is no world of ${name}.`);
  return sends;
}

process.on('message', (message) => {
  obey(Order.parse(message)).then(
    (value) => process.send?.({ value: value ?? null }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error), value: null }),
  );
});
process.on('disconnect', () => process.exit(0));
