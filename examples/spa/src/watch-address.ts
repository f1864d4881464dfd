// watch-address.ts: links and the buttons of the browser lead from page to page without loading anything.
import { isOurs } from './next-path.ts';

interface Parts {
  go(path: string): void;
  /** The address has changed already. */
  arrive(): void;
}

export function watchAddress({ go, arrive }: Parts): void {
  function onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest('a') : null;
    if (!target || !isPlain(event) || !isOurs(new URL(target.href), location.origin)) return;
    event.preventDefault();
    go(target.pathname + target.search);
  }

  document.addEventListener('click', onClick);
  window.addEventListener('popstate', arrive);
}

/** Everything else is for the browser: new tabs, new windows, downloads. */
function isPlain({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button === 0 && !metaKey && !ctrlKey && !shiftKey && !altKey;
}
