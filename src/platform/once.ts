// platform/once.ts: work that is done when it is first asked for, and not again.

/** Of work that gives a promise, the promise is kept: whoever asks meanwhile waits for the same. */
export function once<Value>(work: () => Value): () => Value {
  let done: { readonly value: Value } | undefined;
  return () => {
    done ??= { value: work() };
    return done.value;
  };
}
