// test/fuzz/tally.ts: what was answered how often, and which operations have done their work.

export function createTally() {
  const byStatus = new Map<number, number>();
  const succeeded = new Set<string>();

  /** `operation` is null for a message that was sent by another method than its own. */
  function count(status: number, operation: string | null): void {
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    if (operation !== null && status >= 200 && status < 300) succeeded.add(operation);
  }

  function statuses(): string {
    const counts = [...byStatus].toSorted(([one], [other]) => one - other);
    return counts.map(([status, times]) => `${status}: ${times}`).join(', ');
  }

  function withoutSuccess(operations: readonly string[]): string[] {
    return operations.filter((operation) => !succeeded.has(operation));
  }

  return { count, statuses, withoutSuccess };
}
