// scripts/test-tools.ts: installs what tests need beside npm's packages. Standard output is the value of TEST_TOOLS_REQUIRED:
// the tools without which no test may be skipped any more.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tools } from '../test/harness/tools.ts';
import { installTools } from './test-tools/install.ts';

const hasApt = spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

/** What it prints goes to standard error: standard output has one line. */
async function run([command = '', ...parameters]: readonly string[]): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(command, parameters, { env, stdio: ['ignore', process.stderr, process.stderr] });
  const [code] = await once(child, 'exit').catch(() => [null]); // there is no such program
  return code === 0;
}

const required = await installTools(tools, {
  mayInstall: hasApt && process.getuid?.() === 0,
  run,
  say: (line) => void process.stderr.write(`${line}\n`),
});
process.stdout.write(`${required.map(({ name }) => name).join(',')}\n`);
