// bench/servers/raw-hash.ts: the hashing library that Latchkey uses, with its default parameters, and no lane before it. It is
// reached through Latchkey's own code, so that it is the same one always; what that adds is microseconds.
import { HASH_FLOOR } from '../../src/environment.ts';
import { createPasswords } from '../../src/users/passwords.ts';

const noLane = {
  run: <Result>(work: () => Promise<Result>) => work(),
  assertRoom: () => {},
  load: () => ({ running: 0, waiting: 0 }),
};

const passwords = createPasswords({ lane: noLane, minLength: 8, ...HASH_FLOOR });

export const hash = (password: string): Promise<string> => passwords.hash(password);
export const verify = (stored: string, password: string): Promise<boolean> => passwords.verify(stored, password);
