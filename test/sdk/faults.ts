// test/sdk/faults.ts: a campaign of random steps: tabs ask, wait, are reloaded, while the network does its worst.
import { createBadNetwork } from './bad-network.ts';
import type { Tab } from './browser.ts';
import { createRandom } from './random.ts';
import { startWorld } from './world.ts';

interface Options {
  readonly tabs: number;
  readonly mutex: 'locks' | 'lease';
  readonly seed: number;
  readonly env: Record<string, string>;
  /** Loses the key of every attempt, as a client without a place for it would. */
  readonly forgetful?: boolean;
}

const steps = { ask: 40, askAll: 15, reload: 10, reloadAmidst: 15, wait: 15, sleep: 5 };

const forever = {
  REMEMBERED_IDLE_TTL: '3650d',
  REMEMBERED_TTL: '3650d',
};

export async function createCampaign({ tabs: count, mutex, seed, env, forgetful = false }: Options) {
  const random = createRandom(seed);
  const world = await startWorld({ mutex, env: { ...forever, ...env }, random: random.next });
  const { time, browser, signedIn } = world;
  const network = createBadNetwork(random, time);
  const figures = {
    steps: 0,
    reloads: 0,
    refreshes: 0,
    requests: 0,
    faults: network.happened,
    signOuts: [] as string[],
  };
  const tabs: Tab[] = [await signedIn()];
  while (tabs.length < count) tabs.push(browser.openTab());
  for (const tab of tabs) watch(tab);
  await time.calm();
  world.setFault(network.fault);
  if (forgetful) forgetKeys();

  function watch({ session }: Tab): void {
    session.on('signed-out', ({ reason }) => {
      figures.signOuts.push(reason);
    });
  }

  function forgetKeys(): void {
    const { setItem } = browser.localStorage;
    browser.localStorage.setItem = (key, value) =>
      setItem(
        key,
        JSON.stringify(JSON.parse(value), (name, member) =>
          name === 'attempt' ? { key: `${random.next()}`, token: member.token } : member,
        ),
      );
  }

  const any = () => random.below(tabs.length);

  async function ask(at: number): Promise<void> {
    await tabs[at]?.session.accessToken().catch(() => null); // the network may be away: that is no sign-out
  }

  function reload(at: number): void {
    tabs[at]?.kill();
    const tab = browser.openTab();
    watch(tab);
    tabs[at] = tab;
    figures.reloads += 1;
  }

  /** In the middle of whatever it is doing. */
  async function reloadAmidst(): Promise<void> {
    const at = any();
    const asked = tabs.map((_, tab) => ask(tab)).filter((_, tab) => tab !== at);
    for (let turns = random.below(30); turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
    reload(at);
    await time.spend(Promise.all(asked));
  }

  async function take(total: number): Promise<void> {
    for (; figures.steps < total; figures.steps += 1) {
      const acts = {
        ask: () => time.spend(ask(any())),
        askAll: () => time.spend(Promise.all(tabs.map((_, at) => ask(at)))),
        reload: async () => reload(any()),
        reloadAmidst,
        wait: () => time.pass(random.below(400)),
        sleep: () => time.pass(random.below(7200)),
      };
      await acts[random.choose(steps)]();
    }
    figures.requests = world.refreshes();
    figures.refreshes = new Set(world.sent.map(({ key }) => key)).size - 1; // `null` is no key
  }

  async function isStillSignedIn(): Promise<boolean> {
    world.setFault(() => null);
    await time.pass(600);
    const tokens = await time.spend(Promise.all(tabs.map(({ session }) => session.accessToken())));
    return tokens.every((token) => token !== null);
  }

  return { figures, take, isStillSignedIn };
}
