// bench/start-command.ts: Latchkey as `npm start` runs it, whatever flags that has.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Package = z.object({ scripts: z.object({ start: z.string().startsWith('exec ') }) });

/** A shell that is replaced leaves its process to Node. */
export function startCommand(): string[] {
  const { scripts } = Package.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  return ['sh', '-c', scripts.start];
}
