// scripts/breaking.ts: says what in openapi.yaml breaks the contract of the last release, contract/<version>.yaml.
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import packageJson from '../package.json' with { type: 'json' };
import { findBreaks } from './contract-changes/breaks.ts';
import { readContract } from './contract-changes/contract.ts';
import { judge, latestRelease } from './contract-changes/releases.ts';

const root = new URL('../', import.meta.url);

async function read(path: string) {
  return readContract(parse(await readFile(new URL(path, root), 'utf8')));
}

const released = latestRelease(await readdir(new URL('contract/', root)));
if (released === null) throw new Error('contract/ holds no release: copy openapi.yaml to contract/<version>.yaml.');

const breaks = findBreaks(await read(`contract/${released}.yaml`), await read('openapi.yaml'));
const { isKept, text } = judge({ version: packageJson.version, released, breaks });
process.stderr.write(text);
if (!isKept) process.exitCode = 1;
