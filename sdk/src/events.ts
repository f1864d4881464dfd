// events.ts: who wants to know when the session begins, goes on and ends.

export interface SessionEvents {
  /** In this tab or, where tabs share the storage, in another. */
  'signed-in': { readonly sessionId: string };
  refreshed: { readonly sessionId: string };
  /**
   * `reason` as the service gives it (`logged_out`, `token_reused`, `password_changed`, `expired`, ...), or
   * `invalid_grant` where it gives none, or `storage_cleared`.
   */
  'signed-out': { readonly sessionId: string; readonly reason: string };
}

type Listeners = { readonly [Name in keyof SessionEvents]: Set<(event: SessionEvents[Name]) => void> };

export type Events = ReturnType<typeof createEvents>;

export function createEvents() {
  const listeners: Listeners = { 'signed-in': new Set(), refreshed: new Set(), 'signed-out': new Set() };

  /** Each listener in a task of its own: one that throws spoils neither the others nor the session. */
  function emit<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void {
    for (const listener of listeners[name]) queueMicrotask(() => listener(event));
  }

  /** Returns what takes the listener off again. */
  function on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void) {
    listeners[name].add(listener);
    return () => void listeners[name].delete(listener);
  }

  return { emit, on };
}
