// bench/suite/progress.ts: how far it is: one line that is written over, or lines where nobody watches.

export interface Progress {
  say(what: string): void;
  /** Makes room for what is printed next. */
  clear(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const startedAt = performance.now();
  const isWatched = stream.isTTY;

  function elapsed(): string {
    const seconds = Math.floor((performance.now() - startedAt) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }

  return {
    say: (what) => void stream.write(isWatched ? `\r\x1b[K[${elapsed()}] ${what}` : `[${elapsed()}] ${what}\n`),
    clear: () => void (isWatched && stream.write('\r\x1b[K')),
  };
}
