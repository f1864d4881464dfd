// scripts/breaking.ts: says what in openapi.yaml breaks the contract of the last release, contract/<version>.yaml, or the
// contract in another file: npm run breaking -- --against FILE.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { checkContract } from './contract-changes/check.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const { against } = parseArgs({ options: { against: { type: 'string' } } }).values;

const { isKept, text } = await checkContract({ root, version: packageJson.version, against });
process.stderr.write(text);
if (!isKept) process.exitCode = 1;
