// router.ts: shows the page of the address, to whom it is meant for.
import type { User } from '../../../sdk/src/latchkey.ts';
import { clearMessage, say } from './messages.ts';
import { showNavigation } from './navigation.ts';
import { nextPath, signInPath } from './next-path.ts';
import type { Page, Visit } from './page.ts';
import { pageAt, pathOf } from './pages.ts';
import { asFailure } from './service.ts';
import { showPage, troublePage, waitForPage } from './stage.ts';

interface Parts {
  /** Undefined as long as nobody knows. */
  user(): User | null | undefined;
  visit(): Visit;
  onSignOut(): void;
}

export type Router = ReturnType<typeof createRouter>;

export function createRouter({ user, visit, onSignOut }: Parts) {
  /** Only the newest page is shown. */
  let turn = 0;
  let hasMoved = false;

  /** Returns whether this is still what is wanted. */
  function begin(): () => boolean {
    turn += 1;
    const mine = turn;
    waitForPage();
    return () => mine === turn;
  }

  /** The message comes with the page, or not at all. */
  async function show(message = ''): Promise<void> {
    const page = admit();
    const isWanted = begin();
    showLinks();
    try {
      await showPage({ page, visit: visit(), hasMoved, isWanted });
      if (message && isWanted()) say(message);
    } catch (error) {
      if (isWanted()) await showTrouble(error, () => void show(message));
    }
  }

  async function showTrouble(error: unknown, onRetry: () => void): Promise<void> {
    const isWanted = begin();
    showLinks();
    await showPage({ page: troublePage(asFailure(error), onRetry), visit: visit(), hasMoved, isWanted });
  }

  function showLinks(): void {
    showNavigation({ user: user(), path: pathOf(location), onSignOut });
  }

  /** The page of the address, after a redirect where this visitor belongs elsewhere. */
  function admit(): Page {
    const page = pageAt(location);
    if (page.access === 'members' && !user()) return redirect(signInPath(location.pathname + location.search));
    if (page.access === 'guests' && user()) return redirect(nextPath(location.search, location.origin));
    return page;
  }

  function redirect(path: string): Page {
    replace(path);
    return admit();
  }

  function replace(path: string): void {
    history.replaceState(null, '', path);
    hasMoved = true;
  }

  /** The address has changed already. */
  function arrive(): void {
    hasMoved = true;
    clearMessage();
    if (user() !== undefined) void show();
  }

  function go(path: string): void {
    history.pushState(null, '', path);
    window.scrollTo(0, 0);
    arrive();
  }

  /** The same page again, as things are now. */
  function reload(message?: string): Promise<void> {
    hasMoved = true;
    return show(message);
  }

  return { begin, show, showTrouble, showLinks, replace, arrive, go, reload };
}
