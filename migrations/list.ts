// migrations/list.ts: every change of the schema, oldest first, for both databases. A name is never changed.
import { Accounts } from './2026-11-21-accounts.ts';
import { Clients } from './2026-11-21-clients.ts';
import { Foundation } from './2026-11-21-foundation.ts';
import { Throttles } from './2026-11-21-throttles.ts';
import { Upkeep } from './2026-11-21-upkeep.ts';
import { Hardening } from './2026-11-29-hardening.ts';

export const migrations = [
  { name: '2026-11-21-foundation', class: Foundation },
  { name: '2026-11-21-accounts', class: Accounts },
  { name: '2026-11-21-clients', class: Clients },
  { name: '2026-11-21-throttles', class: Throttles },
  { name: '2026-11-21-upkeep', class: Upkeep },
  { name: '2026-11-29-hardening', class: Hardening },
];
