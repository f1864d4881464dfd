// share.ts: work that is done once for all who ask while it is under way.

export function share<Asked, Result>(work: (asked?: Asked) => Promise<Result>) {
  let underway: Promise<Result> | null = null;
  return (asked?: Asked): Promise<Result> => {
    underway ??= work(asked).finally(() => {
      underway = null;
    });
    return underway;
  };
}
