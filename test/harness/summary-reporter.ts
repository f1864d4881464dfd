// test/harness/summary-reporter.ts: one last line that a program can read, below what single tests have to say.
import type { Reporter, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** A line for the end of the run. */
    summary?: string;
  }
}

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const lines = tests.flatMap((test) => test.meta().summary ?? []);
    lines.push(`${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}
