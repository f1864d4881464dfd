// app.ts: who is signed in, and what a change of that does to the page that is shown.
import type { SessionEvents, User } from '../../../sdk/src/latchkey.ts';
import { createExpectations } from './expectations.ts';
import { say } from './messages.ts';
import { askAgainAfterNews } from './news.ts';
import type { Visit } from './page.ts';
import { pageAt } from './pages.ts';
import { createRouter } from './router.ts';
import { session } from './service.ts';
import { watchAddress } from './watch-address.ts';
import { reasonWords } from './words.ts';

export function startApp(): void {
  /** Undefined as long as nobody knows. */
  let user: User | null | undefined;
  const expectations = createExpectations();
  const router = createRouter({ user: () => user, visit, onSignOut });

  /** The one question at the start, and again whenever somebody has signed in. */
  async function settle(message = ''): Promise<void> {
    const isWanted = router.begin();
    try {
      const found = await session.currentUser();
      if (!isWanted()) return;
      user = found;
      await router.show(message);
    } catch (error) {
      if (!isWanted()) return;
      user = undefined;
      await router.showTrouble(error, () => void settle(message));
    }
  }

  function visit(): Visit {
    return {
      user: user ?? null,
      go: router.go,
      reload: router.reload,
      learn: (newest) => {
        user = newest;
      },
      signIn: (message, act) => expectations.during('signed-in', message, act),
      signOut: (message, act) => expectations.during('signed-out', message, act),
    };
  }

  function onSignOut(): void {
    void expectations.during('signed-out', reasonWords('logged_out'), () => session.signOut());
  }

  function onSignedIn(): void {
    const message = expectations.take('signed-in');
    if (message === undefined && pageAt(location).isSteady) void follow();
    else void settle(message ?? 'You are signed in.');
  }

  /** Somebody is at work on this page: only the links at the top change. */
  async function follow(): Promise<void> {
    user = await session.currentUser().catch(() => user);
    router.showLinks();
  }

  async function onSignedOut({ reason }: SessionEvents['signed-out']): Promise<void> {
    const own = expectations.take('signed-out');
    const message = own ?? reasonWords(reason);
    const { access, isSteady = false } = pageAt(location);
    const wasIn = user !== undefined;
    user = null;
    if (isSteady && wasIn && own === undefined) {
      router.showLinks();
      return say(message);
    }
    // What is for members leads to the sign-in page by itself. Whoever has just come to a page for anybody stays there.
    if (own !== undefined || (wasIn && access !== 'members')) router.replace('/demo');
    await router.reload(message);
  }

  session.on('signed-in', onSignedIn);
  session.on('signed-out', onSignedOut);
  watchAddress(router);
  askAgainAfterNews();
  void settle();
}
