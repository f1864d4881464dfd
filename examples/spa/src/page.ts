// page.ts: what a page is, and what it sees of the application.
import type { User } from '../../../sdk/src/latchkey.ts';

export interface Visit {
  readonly user: User | null;
  /** The newest that is known about the user. */
  learn(user: User): void;
  /** As if a link had been followed. */
  go(path: string): void;
  /** The same page again, as things are now. */
  reload(message?: string): Promise<void>;
  /** Somebody signs in: then that is what is said about it. */
  signIn(message: string, act: () => Promise<unknown>): Promise<void>;
  signOut(message: string, act: () => Promise<unknown>): Promise<void>;
}

export interface Page {
  readonly title: string;
  /** Who may see it: anybody, only those who are signed in, or only those who are not. */
  readonly access: 'anybody' | 'members' | 'guests';
  /** Stays as it is when somebody signs in or out elsewhere. */
  readonly isSteady?: boolean;
  build(visit: Visit): readonly Node[] | Promise<readonly Node[]>;
}
