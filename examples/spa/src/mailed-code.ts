// mailed-code.ts: the code of a link in a mail. It is taken out of the address bar at once: there it would be seen, kept
// in the history, and sent along when the address is copied.

const codes = new Map<string, string>();

/** Empty where the address has none. Kept until it is used, or the page is loaded again. */
export function takeCode(): string {
  const { pathname, search, hash } = location;
  const found = new URLSearchParams(hash.slice(1)).get('code');
  if (found !== null) {
    codes.set(pathname, found);
    history.replaceState(history.state, '', pathname + search);
  }
  return codes.get(pathname) ?? '';
}

export function forgetCode(): void {
  codes.delete(location.pathname);
}
