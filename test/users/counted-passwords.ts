// test/users/counted-passwords.ts: passwords that are cheap to hash, and a count of the hashes that were run.
import { createHashingLane, type HashingLane } from '../../src/users/hashing-lane.ts';
import { createPasswords, type PasswordSettings } from '../../src/users/passwords.ts';

export const cheap: PasswordSettings = { minLength: 8, memoryKiB: 1024, passes: 2 };

export function createCountedPasswords(settings: Partial<PasswordSettings> = {}) {
  const inner = createHashingLane({ concurrency: 2, queue: 100 });
  let runs = 0;
  const lane: HashingLane = {
    ...inner,
    run(...given) {
      runs += 1;
      return inner.run(...given);
    },
  };
  return { ...createPasswords({ lane, ...cheap, ...settings }), runs: () => runs };
}
