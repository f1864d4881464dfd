// test/browser/bad-network.test.ts: answers that get lost, and no network at all. Nobody is signed out by that.
import { expect, test } from 'vitest';
import { Session } from '../../src/sessions/session.ts';
import { describeInBrowser } from './chromium.ts';
import { ADA, openDemo } from './demo.ts';
import { storedSession } from './stored.ts';
import { eventually, signedInNavigation } from './visitor.ts';

const AWAY = 'The service cannot be reached. Try again.';

async function openSignedIn(remember = true) {
  const demo = await openDemo();
  demo.tolerate(/net::ERR_(FAILED|INTERNET_DISCONNECTED)/);
  await demo.context.clock.install();
  await demo.newAccount();
  await demo.visitor.signIn(ADA, { remember });

  /** On both sides. */
  async function pass(minutes: number): Promise<void> {
    demo.clock.advance({ minutes });
    await demo.context.clock.fastForward(minutes * 60_000);
  }

  const sessionHere = async () => {
    const { sessionId } = await storedSession(demo.visitor.page);
    return demo.database.em.fork().findOneOrFail(Session, sessionId);
  };
  return { ...demo, pass, sessionHere };
}

describeInBrowser('demo: a bad network', () => {
  test.each([true, false])(
    'the answer to a refresh is lost, and asked for again after a reload, long after the grace (remembered: %s)',
    async (remember) => {
      const { visitor, pass, sessionHere, endings } = await openSignedIn(remember);
      const { page } = visitor;
      let dropped = 0;
      await page.route('**/token', async (route) => {
        await route.fetch();
        dropped += 1;
        await route.abort();
      });
      await pass(6);
      await eventually(() => dropped).toBeGreaterThan(0);
      expect((await sessionHere()).generation).toBe(1);
      expect((await storedSession(page)).turn).toBe(0);
      await page.goto('/livez'); // nothing of the demo runs meanwhile
      await page.unrouteAll({ behavior: 'wait' });
      await pass(30);
      await visitor.goTo('/demo/profile', 'Profile');
      await visitor.seeSignedIn();
      expect((await storedSession(page)).turn).toBe(1);
      expect(await endings()).toEqual([]);
    },
  );

  test('offline and back: stays signed in, says that the service is away, and goes on afterwards', async () => {
    const { visitor, context, pass, endings } = await openSignedIn();
    await context.setOffline(true);
    await pass(6);
    await visitor.link('Sessions').click();
    await visitor.see(/The service cannot be reached\./);
    expect(await visitor.link('Sign in').count()).toBe(0);
    await visitor.seeNavigation(signedInNavigation);
    await pass(60);
    await context.setOffline(false);
    await visitor.page.reload();
    await visitor.seePage('Sessions');
    await visitor.see('This device');
    await visitor.seeSignedIn();
    expect(await endings()).toEqual([]);
  });

  test('offline while a form is sent: nothing typed is lost, and it can be sent afterwards', async () => {
    const { visitor, context } = await openSignedIn();
    await context.setOffline(true);
    await visitor.send('Names', { 'First name': 'Augusta', 'User name': 'countess' }, 'Save names');
    await visitor.see(AWAY);
    expect(await visitor.section('Names').getByLabel('User name').inputValue()).toBe('countess');
    await context.setOffline(false);
    await visitor.send('Names', {}, 'Save names');
    await visitor.seeMessage('Your names were saved.');
  });

  test('the service is away at the start: says so, shows nobody as signed out, and tries again when asked', async () => {
    const { visitor, pass } = await openSignedIn();
    const { page } = visitor;
    await page.route(/\/(me|token)$/, (route) => route.abort());
    await pass(6);
    await page.reload();
    await visitor.button('Try again').waitFor();
    await visitor.see(/The service cannot be reached\./);
    expect(await visitor.link('Sign in').count()).toBe(0);
    expect(await visitor.button('Sign in').count()).toBe(0);
    await page.unrouteAll({ behavior: 'wait' });
    await visitor.button('Try again').click();
    await visitor.seePage('Profile');
    await visitor.seeSignedIn();
  });

  test('signed out while offline: signed out here at once, and at the service later', async () => {
    const { visitor, context, endings } = await openSignedIn();
    await context.setOffline(true);
    await visitor.button('Sign out').click();
    await visitor.seeSignedOut();
    expect(await endings()).toEqual([]);
    await context.setOffline(false);
    await visitor.page.reload();
    await eventually(endings).toEqual(['logged_out']);
  });
});
