// platform/text.ts: text that both databases can keep and look for.
import { z } from 'zod';

/** PostgreSQL has no NUL, and to SQLite it is where a pattern ends. */
export const Text = z.string().regex(/^[^\0]*$/);
