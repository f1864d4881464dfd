// cli/terminal.ts: the world around a command, so that a test can be that world.
import type { Readable } from 'node:stream';
import { visibleLines } from '../platform/visible.ts';

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a password comes from, if there is nobody to ask. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  out(text: string): void;
  err(text: string): void;
  /** What `err` writes is seen as it comes, on a screen. */
  readonly isWatched?: boolean;
  /** Aborted when somebody has seen enough of a command that would go on for ever. */
  readonly interrupted?: AbortSignal;
  /** The command goes on, but ends with an error. */
  fail(): void;
}

/** The same terminal, on which nothing that a command prints is an escape sequence or changes the order of reading. */
export function escaping(terminal: Terminal): Terminal {
  return {
    env: terminal.env,
    stdin: terminal.stdin,
    isWatched: terminal.isWatched ?? false,
    out: (text) => terminal.out(visibleLines(text)),
    err: (text) => terminal.err(visibleLines(text)),
    // Read only by a command that needs it: to read it takes over the interrupt of the process.
    get interrupted() {
      return terminal.interrupted;
    },
    fail: terminal.fail,
  };
}
