// test/browser/binary.ts: where the browser of this machine is.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

function findBinary(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync) ?? null;
}

/** Null where there is none. */
export const binary = findBinary();

export const MISSING = 'Chromium is not on this machine: apt-get install chromium';
