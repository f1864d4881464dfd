// Everything that can go wrong on the way, at random and all the time: no honest client is ever signed out.
// `npm run sdk:faults` takes more steps; SDK_FAULT_SEED repeats a run.
import { expect, test } from 'vitest';
import { createCampaign } from './faults.ts';

const STEPS = Number(process.env.SDK_FAULT_STEPS ?? 2000);
const SEED = Number(process.env.SDK_FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));

const campaigns = [
  { tabs: 1, mutex: 'locks' },
  { tabs: 2, mutex: 'locks' },
  { tabs: 5, mutex: 'locks' },
  { tabs: 2, mutex: 'lease' },
  { tabs: 5, mutex: 'lease' },
] as const;

test.each(campaigns)('faults: $tabs tabs with $mutex, nobody is signed out', { timeout: 600_000 }, async (campaign) => {
  const steps = Math.ceil(STEPS / campaigns.length);
  const run = await createCampaign({ ...campaign, seed: SEED, env: { REFRESH_GRACE: '0' } });
  await run.take(steps);
  const figures = `seed ${SEED}, ${JSON.stringify(campaign)}: ${JSON.stringify(run.figures)}`;
  process.stdout.write(`${figures}\n`);
  expect(run.figures.signOuts, figures).toEqual([]);
  expect(await run.isStillSignedIn(), figures).toBe(true);
  expect(run.figures.refreshes, figures).toBeGreaterThan(steps / 20);
});

test('faults: a client that forgets its key is signed out, so that the campaign can fail', async () => {
  const run = await createCampaign({ tabs: 2, mutex: 'locks', seed: 1, forgetful: true, env: {} });
  await run.take(400);
  expect(run.figures.signOuts).toContain('token_reused');
});
