// platform/metrics.ts: figures for Prometheus.
import { Gauge, Histogram, Registry } from 'prom-client';

export interface LaneLoad {
  readonly running: number;
  readonly waiting: number;
}

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const hashWait = new Histogram({
    name: 'latchkey_hash_wait_seconds',
    help: 'How long a password hash waited for its turn.',
    buckets: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });

  function watchLane(load: () => LaneLoad): void {
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge('latchkey_hashes_running', 'Password hashes being computed.', () => load().running);
    gauge('latchkey_hashes_waiting', 'Password hashes that wait for their turn.', () => load().waiting);
  }

  return {
    timeHashWait: () => hashWait.startTimer(),
    watchLane,
    /** In the text format, version 0.0.4. */
    read: () => registry.metrics(),
  };
}
