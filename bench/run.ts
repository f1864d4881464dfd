// bench/run.ts: one run from the empty database to the figures.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Caller, createCaller } from './caller.ts';
import { rushIn } from './crowd-process.ts';
import { forgetPeak, type Memory, memoryOf } from './memory.ts';
import { type Phase, probe } from './phase.ts';
import { type PinnedService, startPinned } from './pinned-service.ts';
import { createProbes } from './probes.ts';
import { settings } from './settings.ts';
import type { Storm } from './storm.ts';
import { makePeople, moveIn, type Person, registerBackend, type SignedIn, signIn, withTokens } from './town.ts';

const PEOPLE = 1000;
/** Signed in beforehand, for the refreshes: each comes round every ten seconds. */
const REFRESHING = 200;
const PER_SECOND = 20;
/** Seconds from the end of the load to the moment at which all must be as before. */
const REST = 5;

export interface Sizes {
  /** Of each phase that is measured. */
  readonly seconds: number;
  /** Sign-ins at once, in the storm. */
  readonly stormy: number;
  /** Sign-ins at once, in the crowd that is more than the lane takes. */
  readonly crowded: number;
}

export interface Figures {
  readonly idle: Phase;
  readonly storm: Phase & { readonly signIns: Storm };
  readonly crowd: Phase & { readonly signIns: Storm };
  readonly after: Phase;
  readonly memory: { readonly before: Memory; readonly loaded: Memory; readonly after: Memory };
  readonly crashes: number;
}

export async function runOnce(sizes: Sizes): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const env = settings(folder);
  const people = makePeople(PEOPLE);
  try {
    await moveIn(people, env, folder);
    const backend = await registerBackend(env);
    const service = await startPinned(env);
    return await measure({ service, people, backend, sizes }).finally(service.stop);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Scene {
  readonly service: PinnedService;
  readonly people: readonly Person[];
  readonly backend: string;
  readonly sizes: Sizes;
}

async function measure({ service, people, backend, sizes: { seconds, stormy, crowded } }: Scene): Promise<Figures> {
  const [call, callAnew] = [createCaller(service.url, 'kept'), createCaller(service.url, 'new')];
  const refreshing = await signInAll(call, people.slice(0, REFRESHING));
  const probes = await createProbes({ call, callAnew, people: refreshing, backend });
  const attend = () => probe({ probes, perSecond: PER_SECOND, seconds });
  const rush = async (concurrency: number) => {
    const crowd = { url: service.url, people: people.slice(REFRESHING), concurrency, seconds };
    const [phase, signIns] = await Promise.all([attend(), rushIn(crowd)]);
    return { ...phase, signIns };
  };

  await attend(); // the code is compiled, the connections are open
  const idle = await attend();
  await forgetPeak(service.pid);
  const before = await memoryOf(service.pid);
  const stormed = await rush(stormy);
  const crowd = await rush(crowded);
  const loaded = await memoryOf(service.pid);
  await setTimeout(REST * 1000);
  const after = await attend();
  const memory = { before, loaded, after: await memoryOf(service.pid) };
  return { idle, storm: stormed, crowd, after, memory, crashes: service.crashes() };
}

/** Some at a time, so that nobody is told to come back. */
async function signInAll(call: Caller, people: readonly Person[]): Promise<SignedIn[]> {
  const signedIn: SignedIn[] = [];
  const queue = people.values();
  const next = async () => {
    for (const person of queue) signedIn.push(withTokens(person, await signIn(call, person)));
  };
  await Promise.all(Array.from({ length: 8 }, next));
  return signedIn;
}
