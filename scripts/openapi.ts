// scripts/openapi.ts: writes openapi.yaml from the endpoints; with --check it only says whether it would change.
import { readFile, writeFile } from 'node:fs/promises';
import { parseConfig } from '../src/config.ts';
import { describeContract, toYaml } from '../src/openapi.ts';
import { createService } from '../src/service.ts';

const file = new URL('../openapi.yaml', import.meta.url);

// The committed contract speaks of a default installation, at no particular address.
const config = parseConfig({
  DATABASE_URL: 'sqlite::memory:',
  SECRETS: 'nothing is sealed with this secret',
  LOG_LEVEL: 'silent',
});
const { endpoints } = await createService(config);
const contract = await toYaml(describeContract(endpoints, '/'));

if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== contract) {
    process.stderr.write('openapi.yaml is not what the endpoints say: run `npm run openapi` and commit it.\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(file, contract);
}
