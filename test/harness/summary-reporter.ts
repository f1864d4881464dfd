// test/harness/summary-reporter.ts: what was skipped and why, and one last line that a program can read, below what single
// tests have to say. A test that is skipped for a tool that TEST_TOOLS_REQUIRED names is a failure of the run.
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { countSkips, explainSkips, type Finished, missedTools, skipLines } from './skips.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** A line for the end of the run. */
    summary?: string;
    /** The tool for which the test is skipped: see tools.ts. */
    missingTool?: string;
  }
}

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const skips = explainSkips(tests.map(toFinished));
    const missed = missedTools(skips, process.env.TEST_TOOLS_REQUIRED);
    const lines = tests.flatMap((test) => test.meta().summary ?? []);
    lines.push(...skipLines(skips));
    lines.push(...missed.map((tool) => `FAILED: ${tool} could have been installed, and tests were skipped without it`));
    const failed = count('failed') + broken + missed.length;
    lines.push(`${count('passed')} passed, ${failed} failed, ${countSkips(skips)} skipped`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
    if (missed.length > 0) process.exitCode = 1;
  }
}

function toFinished(test: TestCase): Finished {
  return {
    name: `${test.module.relativeModuleId} > ${test.fullName}`,
    isSkipped: test.result().state === 'skipped',
    missingTool: test.meta().missingTool,
  };
}
