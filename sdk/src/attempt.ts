// attempt.ts: what may throw, and what to do instead.

export function attempt<Result>(act: () => Result, otherwise: () => Result): Result {
  try {
    return act();
  } catch {
    return otherwise();
  }
}
