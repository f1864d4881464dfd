// platform/metrics.ts: figures for Prometheus. What is counted here is said in docs/alerts.yaml and the dashboard too.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { AuthError } from '../errors.ts';
import { isUnavailable } from './database-errors.ts';
import type { PoolLoad } from './postgres.ts';

/** To find out a figure that has to be asked for; it is left out when it takes longer. In milliseconds. */
const LOOK_DEADLINE_MS = 1_000;

/** In seconds. */
const waits = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface LaneLoad {
  readonly running: number;
  readonly waiting: number;
}

export interface MailBacklog {
  readonly waiting: number;
  /** 0 when none waits. */
  readonly oldestSeconds: number;
}

export interface KeyAge {
  readonly state: string;
  readonly seconds: number;
}

/** Where the figures come from that nobody counts as they happen. */
interface Sources {
  readonly lane: () => LaneLoad;
  readonly keys: () => readonly KeyAge[];
  readonly mails: () => Promise<MailBacklog>;
  /** null where there is no pool. */
  readonly pool: () => PoolLoad | null;
}

type Work<Input extends unknown[], Result> = (...input: Input) => Promise<Result>;

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const { counter, gauge, histogram } = kinds(registry);

  const requests = counter('http_requests_total', 'Requests that were answered.', ['operation', 'status']);
  const requestTime = histogram('http_request_duration_seconds', 'How long they took.', durations, ['operation']);
  const signIns = counter('sign_ins_total', 'Tries to sign in with a password.', ['outcome']);
  const refreshes = counter('refreshes_total', 'Refresh tokens that were presented.', ['outcome']);
  const hashWait = histogram('hash_wait_seconds', 'How long a password hash waited for its turn.', waits);
  const swept = counter('swept_rows_total', 'Rows that the sweeper deleted.', ['table']);
  const sweptAt = gauge('sweep_last_success_timestamp_seconds', 'When this instance last swept all tables.');
  const failures = counter('background_failures_total', 'Runs of background work that failed.', ['work']);
  const looks: (() => Promise<void>)[] = [];
  let isProcessWatched = false;

  function watch({ lane, keys, mails, pool }: Sources): void {
    const running = gauge('hashes_running', 'Password hashes being computed.');
    const waiting = gauge('hashes_waiting', 'Password hashes that wait for their turn.');
    const keyAge = gauge('signing_key_age_seconds', 'Since the signing key was made, the oldest of each state.', [
      'state',
    ]);
    const mailsWaiting = gauge('mails_waiting', 'Mails that have not been sent yet.');
    const oldestMail = gauge('mail_oldest_waiting_seconds', 'How long the oldest of them has waited.');
    const connections = gauge('database_pool_connections', 'Connections to PostgreSQL; waiting: requests for one.', [
      'state',
    ]);
    looks.push(
      async () => {
        running.set(lane().running);
        waiting.set(lane().waiting);
        for (const [state, value] of Object.entries(pool() ?? {})) connections.set({ state }, value);
      },
      async () => {
        keyAge.reset();
        for (const { state, seconds } of keys()) keyAge.set({ state }, seconds);
      },
      async () => {
        const backlog = await inTime(mails());
        mailsWaiting.set(backlog?.waiting ?? Number.NaN);
        oldestMail.set(backlog?.oldestSeconds ?? Number.NaN);
      },
    );
  }

  /** In the text format, version 0.0.4. */
  async function read(): Promise<string> {
    if (!isProcessWatched) collectDefaultMetrics({ register: registry });
    isProcessWatched = true;
    await Promise.all(looks.map((look) => look()));
    return registry.metrics();
  }

  return {
    timeHashWait: () => hashWait.startTimer(),
    /** What it gives is called when the request is answered. */
    timeRequest() {
      const stop = requestTime.startTimer();
      return (operation: string, status: number) => {
        requests.inc({ operation, status });
        stop({ operation });
      };
    },
    countSignIns: <Input extends unknown[], Result>(work: Work<Input, Result>) => counting(signIns, work),
    countRefreshes: <Input extends unknown[], Result>(work: Work<Input, Result>) => counting(refreshes, work),
    countSwept: (table: string, rows: number) => swept.inc({ table }, rows),
    markSwept: (at: Date) => sweptAt.set(at.getTime() / 1000),
    countFailure: (work: string) => failures.inc({ work }),
    watch,
    read,
  };
}

function kinds(registry: Registry) {
  const common = (name: string, help: string, labelNames: string[] = []) => ({
    name: `latchkey_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  return {
    counter: (...parts: Parameters<typeof common>) => new Counter(common(...parts)),
    gauge: (...parts: Parameters<typeof common>) => new Gauge(common(...parts)),
    histogram: (name: string, help: string, buckets: number[], labels?: string[]) =>
      new Histogram({ ...common(name, help, labels), buckets }),
  };
}

/** The codes of errors are a closed list, so that there are never too many outcomes. */
function counting<Input extends unknown[], Result>(counter: Counter, work: Work<Input, Result>): Work<Input, Result> {
  return async (...input) => {
    try {
      const result = await work(...input);
      counter.inc({ outcome: 'success' });
      return result;
    } catch (error) {
      counter.inc({ outcome: outcomeOf(error) });
      throw error;
    }
  };
}

function outcomeOf(error: unknown): string {
  if (error instanceof AuthError) return error.code;
  return isUnavailable(error) ? 'unavailable' : 'internal_error';
}

/** null when there is no answer: figures are wanted most when something else is out of order. */
async function inTime<Result>(answer: Promise<Result>): Promise<Result | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), LOOK_DEADLINE_MS);
  });
  return Promise.race([answer.catch(() => null), tooLate]).finally(() => clearTimeout(timer));
}
