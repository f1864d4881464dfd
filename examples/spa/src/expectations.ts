// expectations.ts: tells apart what this tab brings about, and has its own words for, from what happens elsewhere.

type Event = 'signed-in' | 'signed-out';

export function createExpectations() {
  const messages = new Map<Event, string>();

  /** The session tells of the event before the act is over. */
  async function during(event: Event, message: string, act: () => Promise<unknown>): Promise<void> {
    messages.set(event, message);
    await act().finally(() => messages.delete(event));
  }

  /** Undefined when it comes from elsewhere. */
  function take(event: Event): string | undefined {
    const message = messages.get(event);
    messages.delete(event);
    return message;
  }

  return { during, take };
}
