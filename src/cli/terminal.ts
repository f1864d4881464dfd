// cli/terminal.ts: the world around a command, so that a test can be that world.
import type { Readable } from 'node:stream';

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
