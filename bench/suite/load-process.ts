// bench/suite/load-process.ts: the load process, seen from the runner: one order after the other.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Answer, type Order, Tally, Weather } from './orders.ts';
import { onLoadCore } from './pinning.ts';

export type Load = ReturnType<typeof startLoad>;

export function startLoad() {
  const [command = '', ...words] = [...onLoadCore(), process.execPath];
  const child: ChildProcess = spawn(command, [...words, 'bench/suite/load.ts'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

  async function give(order: Order): Promise<unknown> {
    const gone = new AbortController();
    const answered = once(child, 'message', { signal: gone.signal });
    const leave = () => gone.abort();
    child.once('exit', leave);
    child.send(order);
    const [message] = await answered.finally(() => child.off('exit', leave));
    const { error, value } = Answer.parse(message);
    if (error) throw new Error(`${order.kind} ${order.name}: ${error}`);
    return value;
  }

  return {
    prepare: async (order: Order) => void (await give(order)),
    run: async (name: string, seconds: number) => Tally.parse(await give({ kind: 'run', name, seconds })),
    repeat: async (name: string, times: number) => Tally.parse(await give({ kind: 'repeat', name, times })),
    storm: async (name: string, mode: 'probes' | 'sign-ins', seconds: number) =>
      Weather.parse(await give({ kind: 'storm', name, mode, seconds })),
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
