// next-path.ts: where to go after signing in. The address says it, and anybody can have written the address.

const HOME = '/demo';
const USUAL = '/demo/profile';

/** A path of this application; whatever leads elsewhere is ignored. */
export function nextPath(search: string, origin: string): string {
  const wanted = new URLSearchParams(search).get('next') ?? USUAL;
  if (!URL.canParse(wanted, origin)) return USUAL;
  // Parsed as the browser would, because it would not read `/\evil.example` as it is written.
  const url = new URL(wanted, origin);
  return isOurs(url, origin) ? url.pathname + url.search + url.hash : USUAL;
}

export function signInPath(next: string): string {
  return `/demo/sign-in?${new URLSearchParams({ next })}`;
}

/** Whether the application has this address to show. */
export function isOurs(url: URL, origin: string): boolean {
  return url.origin === origin && (url.pathname === HOME || url.pathname.startsWith(`${HOME}/`));
}
