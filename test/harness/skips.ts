// test/harness/skips.ts: why tests were skipped.

export interface Finished {
  /** The same for the same test on the other database. */
  readonly name: string;
  readonly isSkipped: boolean;
  readonly missingTool?: string | undefined;
}

export interface Skips {
  /** How many tests each missing tool has kept from running, on any database. */
  readonly byTool: ReadonlyMap<string, number>;
  /** Names of tests that ran nowhere, for no reason that was given. */
  readonly unexplained: readonly string[];
}

/** A test that ran on one database and not on the other was meant for that one: it is no skip. */
export function explainSkips(tests: readonly Finished[]): Skips {
  const byTool = new Map<string, number>();
  const unexplained: string[] = [];
  for (const [name, same] of Map.groupBy(tests, (test) => test.name)) {
    if (same.some(({ isSkipped }) => !isSkipped)) continue;
    const tool = same.find(({ missingTool }) => missingTool)?.missingTool;
    if (tool) byTool.set(tool, (byTool.get(tool) ?? 0) + 1);
    else unexplained.push(name);
  }
  return { byTool, unexplained };
}

/** How many tests ran nowhere. */
export function countSkips({ byTool, unexplained }: Skips): number {
  return unexplained.length + [...byTool.values()].reduce((sum, count) => sum + count, 0);
}

const SHOWN = 10;

export function skipLines({ byTool, unexplained }: Skips): string[] {
  const lines = [...byTool].map(
    ([tool, count]) => `${count} skipped: ${tool} is missing; \`npm run tools\` installs it`,
  );
  if (unexplained.length === 0) return lines;
  const names = unexplained.slice(0, SHOWN).map((name) => `  ${name}`);
  return [
    ...lines,
    `${unexplained.length} skipped: for another database or machine, or left out by a filter`,
    ...names,
  ];
}

/** Of the tools that have to be there, those without which a test was skipped. */
export function missedTools({ byTool }: Skips, required: string | undefined): string[] {
  const names = (required ?? '').split(',');
  return [...byTool.keys()].filter((tool) => names.includes(tool));
}
