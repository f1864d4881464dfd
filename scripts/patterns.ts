// scripts/patterns.ts: fails if a regular expression of the service or of the SDK is not linear in its input.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { complaintsAbout } from './patterns/judge.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

async function sourcesIn(folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

const files = [...(await sourcesIn('src')), ...(await sourcesIn('sdk/src'))].sort();
for (const file of files) {
  for (const complaint of complaintsAbout(file, await readFile(join(root, file), 'utf8'))) {
    process.stderr.write(`${complaint}\n`);
    process.exitCode = 1;
  }
}
