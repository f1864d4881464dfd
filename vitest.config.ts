// vitest.config.ts: the whole suite twice, on SQLite and on PostgreSQL.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findPackage } from './test/harness/postgres-binaries.ts';
import { SummaryReporter } from './test/harness/summary-reporter.ts';

const hasPostgres = Boolean(process.env.TEST_DATABASE_URL ?? findPackage());
if (!hasPostgres) {
  process.stderr.write('No PostgreSQL for this machine: set TEST_DATABASE_URL to run the suite on it too.\n');
}

const sqlite = { extends: true, test: { name: 'sqlite', provide: { postgresUrl: null } } } as const;
const postgres = {
  extends: true,
  test: { name: 'postgres', globalSetup: './test/harness/postgres-setup.ts' },
} as const;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', new SummaryReporter()],
    // One more than there are cores: half of the suite waits for PostgreSQL most of the time.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['src/**', 'migrations/**'], exclude: ['src/main.ts'] },
    projects: hasPostgres ? [sqlite, postgres] : [sqlite],
  },
});
