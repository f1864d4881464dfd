// cli/progress.ts: how far a copy is: a bar for whoever watches, lines for a file.
import { SingleBar } from 'cli-progress';
import type { Progress } from '../maintenance/copy-database.ts';
import type { Terminal } from './terminal.ts';

export function createProgress({ err, isWatched = false }: Terminal): Progress {
  return isWatched ? createBar() : createLines(err);
}

function createBar(): Progress {
  const bar = new SingleBar({ format: '{bar} {percentage} % | {eta_formatted} left' });
  return {
    start: (rows) => bar.start(rows, 0),
    advance: (rows) => bar.increment(rows),
    done: () => {},
    stop: () => bar.stop(),
  };
}

function createLines(write: (text: string) => void): Progress {
  return {
    start: (rows) => write(`${rows} rows to copy\n`),
    advance: () => {},
    done: (table, rows) => write(`${table}: ${rows}\n`),
    stop: () => {},
  };
}
