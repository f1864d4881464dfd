// test/sdk/verifier/runtimes.ts: Node, and other runtimes, where signatures are checked by Web Crypto.
import { onTestFinished, vi } from 'vitest';

export const runtimes = ['Node', 'another runtime', 'another runtime without Buffer'] as const;

type Runtime = (typeof runtimes)[number];

/** Those that a service with its database can go on living in. */
export const habitable: readonly Runtime[] = ['Node', 'another runtime'];

/** From now on to the end of the test. Keys that are imported already stay what they are. */
export function pretend(runtime: Runtime): void {
  if (runtime === 'Node') return;
  vi.stubGlobal('navigator', { userAgent: 'workerd' });
  if (runtime === 'another runtime without Buffer') vi.stubGlobal('Buffer', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
}
