// scripts/test-tools/install.ts: installs the tools that tests need, where that is possible.
import type { Tool } from '../../test/harness/tools.ts';

export interface Machine {
  /** `apt-get` is there, and we are root. */
  readonly mayInstall: boolean;
  /** Runs a program; true if it succeeds. */
  run(words: readonly string[]): Promise<boolean>;
  say(line: string): void;
}

/** Wait for another apt on the machine; do not wait for a mirror that is not reachable. */
const APT = ['apt-get', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30'];
/** Without this, apt-get succeeds although no mirror answered. */
const UPDATE = [...APT, '-o', 'APT::Update::Error-Mode=any', '--quiet', 'update'];
const INSTALL = [...APT, '--quiet', '--yes', '--no-install-recommends', '--no-upgrade', 'install'];

/**
 * Returns the tools that have to be there from now on: those that were there, and those whose source answered. A test that
 * is skipped for one of them is a fault of the installation and not of the machine.
 */
export async function installTools(tools: readonly Tool[], machine: Machine): Promise<Tool[]> {
  const missing = tools.filter((tool) => tool.find() === null);
  const present = tools.filter((tool) => !missing.includes(tool));
  if (missing.length === 0) return present;
  const names = missing.map(({ name }) => name).join(', ');
  const packages = missing.flatMap((tool) => tool.packages).join(' ');
  if (!machine.mayInstall) {
    machine.say(`Missing: ${names}. Only root can install them here: apt-get install ${packages}`);
    return present;
  }
  machine.say(`Missing: ${names}. Installing ${packages}`);
  if (!(await machine.run(UPDATE))) {
    machine.say(`apt-get does not answer: tests that need ${names} are skipped.`);
    return present;
  }
  const expected: Tool[] = [];
  for (const tool of missing) if (await install(tool, machine)) expected.push(tool);
  return [...present, ...expected];
}

/** False where another source than apt does not answer. */
async function install({ name, packages, steps = [] }: Tool, { run, say }: Machine): Promise<boolean> {
  if (!(await run([...INSTALL, ...packages]))) say(`apt-get could not install ${packages.join(' ')}.`);
  for (const step of steps) {
    if (await run(step)) continue;
    say(`${step.slice(0, 4).join(' ')} failed: tests that need ${name} are skipped.`);
    return false;
  }
  return true;
}
