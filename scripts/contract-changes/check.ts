// scripts/contract-changes/check.ts: compares openapi.yaml with the contract of the last release, or with any other.
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { findBreaks } from './breaks.ts';
import { readContract } from './contract.ts';
import { judge, latestRelease, type Verdict } from './releases.ts';

interface Comparison {
  /** The folder with openapi.yaml and contract/. */
  readonly root: string;
  /** Of package.json. */
  readonly version: string;
  /** The contract to keep; by default that of the last release. */
  readonly against?: string | undefined;
}

const Document = z.looseObject({ info: z.looseObject({ version: z.string() }) });

export async function checkContract({ root, version, against }: Comparison): Promise<Verdict> {
  const path = against === undefined ? await findRelease(root) : resolve(against);
  if (path === null) return { isKept: true, text: 'There is no release yet, and so no contract to keep.\n' };
  const before: unknown = parse(await readFile(path, 'utf8'));
  const after: unknown = parse(await readFile(join(root, 'openapi.yaml'), 'utf8'));
  const released = Document.parse(before).info.version;
  const breaks = findBreaks(readContract(before), readContract(after));
  return judge({ version, released, name: against ?? `contract/${released}.yaml`, breaks });
}

/** Before the first release there is no folder. */
async function findRelease(root: string): Promise<string | null> {
  const folder = join(root, 'contract');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const released = latestRelease(names);
  return released && join(folder, `${released}.yaml`);
}
