// Random histories of honest clients, and of a thief beside one, played against the rotation table. Time and network
// are simulated: what is proved here is the table, for every order of events that the model can think of.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type Stored } from '../../src/tokens/rotation.ts';

const GRACE_SECONDS = 30;
const RUNS = { numRuns: 2_000 };
const start = Date.UTC(2026, 0, 1);
const forever = new Date(start + 1e12);

type Answer = { readonly generation: number; readonly rotated: boolean };

/** What the service does with the table's verdicts, without a database under it. */
function createServer(graceSeconds: number) {
  let milliseconds = start;
  let stored: Stored = {
    clientId: 'app',
    scope: '',
    generation: 0,
    minGeneration: 0,
    rotatedAt: new Date(start),
    retryKeyHash: null,
    endedAt: null,
    endReason: null,
    createdAt: new Date(start),
    idleExpiresAt: forever,
    expiresAt: forever,
  };

  function present(generation: number, retryKeyHash: string | null): Answer | 'superseded' | 'ended' {
    const at = new Date(milliseconds);
    const presented = { generation, client: { id: 'app', sessionsEndBefore: null }, retryKeyHash, scope: null };
    const verdict = decide({ stored, presented, account: 'active', at, graceSeconds, restoredSessions: 'keep' });
    if (verdict.kind === 'rotate' || verdict.kind === 'catch_up') {
      stored = { ...stored, generation: verdict.to, rotatedAt: at, retryKeyHash };
      return { generation: verdict.to, rotated: true };
    }
    if (verdict.kind === 'repeat') return { generation: verdict.generation, rotated: false };
    if (verdict.kind === 'refused' && verdict.code === 'refresh_token_superseded') return 'superseded';
    stored = { ...stored, endedAt: at, endReason: 'token_reused' };
    return 'ended';
  }

  /** What a change of the password is answered with. */
  function changePassword(): number {
    const generation = stored.generation + 1;
    stored = {
      ...stored,
      generation,
      minGeneration: generation,
      rotatedAt: new Date(milliseconds),
      retryKeyHash: null,
    };
    return generation;
  }

  function pass(seconds: number): void {
    milliseconds += seconds * 1000;
  }

  return { present, changePassword, pass, generation: () => stored.generation };
}

const fates = ['answered', 'request_lost', 'answer_lost', 'answer_delayed'] as const;

const step = (longestPause: number) =>
  fc.record({ fate: fc.constantFrom(...fates), pause: fc.double({ min: 0, max: longestPause, noNaN: true }) });

/** Tabs of one browser: they share a storage, and write a new token over the one that they sent, not over a newer. */
function createTabs(server: ReturnType<typeof createServer>, { withKeys }: { withKeys: boolean }) {
  let storage: { token: number; key: string | null } = { token: 0, key: null };
  let keys = 0;
  const delayed: (() => void)[] = [];

  function act(fate: (typeof fates)[number]): void {
    if (withKeys && storage.key === null) {
      keys += 1;
      storage = { ...storage, key: `key ${keys}` }; // stored before the request, for all tabs and for after a reload
    }
    const { token, key } = storage;
    if (fate === 'request_lost') return;
    const answer = server.present(token, key);
    if (typeof answer === 'string') throw new Error(`An honest client was refused: ${answer}.`);
    const receive = () => {
      if (storage.token === token) storage = { token: answer.generation, key: null };
    };
    if (fate === 'answered') receive();
    if (fate === 'answer_delayed') delayed.push(receive);
  }

  /** The answer comes to all tabs. */
  function changePassword(): void {
    storage = { token: server.changePassword(), key: null };
  }

  return { act, changePassword, deliver: () => delayed.shift()?.(), token: () => storage.token };
}

describe('honest clients', () => {
  test('tabs with a shared key are never logged out, however long they wait and whatever gets lost', () => {
    fc.assert(
      fc.property(fc.array(step(24 * 3600), { maxLength: 60 }), fc.constantFrom(0, GRACE_SECONDS), (steps, grace) => {
        const server = createServer(grace);
        const tabs = createTabs(server, { withKeys: true });
        for (const { fate, pause } of steps) {
          server.pass(pause);
          tabs.act(fate);
          if (pause > 3600) tabs.deliver();
        }
      }),
      RUNS,
    );
  });

  test('tabs without keys are never logged out if they retry inside the grace', () => {
    const burst = fc.array(step(2), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(burst, { maxLength: 8 }), (bursts) => {
        const server = createServer(GRACE_SECONDS);
        const tabs = createTabs(server, { withKeys: false });
        for (const steps of bursts) {
          server.pass(240);
          for (const { fate, pause } of steps) {
            server.pass(pause);
            tabs.act(fate);
          }
          tabs.act('answered'); // at most 12 x 2 seconds after the first try
        }
      }),
      RUNS,
    );
  });

  test('tabs that refresh in the same instant converge on one token', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), (tabs) => {
        const server = createServer(GRACE_SECONDS);
        const answers = Array.from({ length: tabs }, () => server.present(0, null));
        expect(answers.filter((answer) => typeof answer === 'object' && answer.rotated)).toHaveLength(1);
        expect(new Set(answers.map((answer) => typeof answer === 'object' && answer.generation))).toEqual(new Set([1]));
      }),
    );
  });

  test('tabs that change the password now and then are never logged out or refused, whatever gets lost or comes late', () => {
    const steps = fc.array(fc.tuple(step(24 * 3600), fc.integer({ min: 0, max: 4 })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.constantFrom(0, GRACE_SECONDS), (history, grace) => {
        const server = createServer(grace);
        const tabs = createTabs(server, { withKeys: true });
        for (const [{ fate, pause }, dice] of history) {
          server.pass(pause);
          if (dice === 0) tabs.changePassword();
          else tabs.act(fate);
          if (pause > 3600) tabs.deliver();
        }
      }),
      RUNS,
    );
  });

  test('a session survives a restored database', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (backedUpAt, lost) => {
        const server = createServer(GRACE_SECONDS);
        for (let turn = 0; turn < backedUpAt; turn += 1) server.present(turn, null);
        server.pass(3600);
        const held = backedUpAt + lost;
        expect(server.present(held, null)).toEqual({ generation: held + 1, rotated: true });
        expect(server.present(held + 1, null)).toEqual({ generation: held + 2, rotated: true });
      }),
    );
  });
});

const turns = (shortestPause: number) =>
  fc.array(
    fc.record({
      actor: fc.constantFrom('owner', 'thief'),
      pause: fc.double({ min: shortestPause, max: 3600, noNaN: true }),
    }),
    { minLength: 1, maxLength: 40 },
  );

interface Turn {
  readonly actor: 'owner' | 'thief';
  readonly pause: number;
}

/** Both hold the same token at first. Counts the thief's rotations that the owner's next refresh did not uncover. */
function playTheft(history: readonly Turn[], graceSeconds: number): number {
  const server = createServer(graceSeconds);
  const held = { owner: 0, thief: 0 };
  let sinceOwner = 0;
  let unnoticed = 0;
  for (const [at, { actor, pause }] of history.entries()) {
    server.pass(pause);
    const answer = server.present(held[actor], `${actor} ${at}`);
    if (typeof answer === 'string') break;
    held[actor] = answer.generation;
    if (actor === 'thief' && answer.rotated) sinceOwner += 1;
    if (actor === 'owner') {
      unnoticed += sinceOwner;
      sinceOwner = 0;
    }
  }
  return unnoticed;
}

interface Move {
  readonly actor: 'owner' | 'thief' | 'password change';
  readonly pause: number;
  /** Of the tokens that the thief has. */
  readonly which: number;
}

/** The thief copies every token that there was before a change of the password, and their keys. What both are answered. */
function* playPasswordChanges(run: readonly Move[], graceSeconds: number) {
  const server = createServer(graceSeconds);
  let held = 0;
  let stolen = 0;
  for (const [at, { actor, pause, which }] of run.entries()) {
    server.pass(pause);
    if (actor === 'password change') {
      held = server.changePassword();
      stolen = held;
    } else if (actor === 'owner') {
      const answer = server.present(held, `key ${at}`);
      held = server.generation();
      yield { actor, answer };
    } else if (stolen > 0) {
      yield { actor, answer: server.present(which % stolen, `key ${at - 1}`) };
    }
  }
}

describe('a thief', () => {
  test('who refreshes more than the grace apart from the owner is noticed by the next refresh of the owner', () => {
    const history = turns(GRACE_SECONDS + 0.001);
    fc.assert(
      fc.property(history, (run) => {
        expect(playTheft(run, GRACE_SECONDS)).toBe(0);
      }),
      RUNS,
    );
  });

  test('is noticed at any distance where the grace is switched off', () => {
    fc.assert(
      fc.property(turns(0), (run) => {
        expect(playTheft(run, 0)).toBe(0);
      }),
      RUNS,
    );
  });

  test('gets no third rotation unnoticed if the owner keeps away from the grace but once', () => {
    const oneMeeting = fc
      .tuple(turns(GRACE_SECONDS + 0.001), fc.nat(39))
      .map(([run, at]) => run.map((turn, index) => (index === at ? { ...turn, pause: GRACE_SECONDS / 2 } : turn)));
    fc.assert(
      fc.property(oneMeeting, (run) => {
        expect(playTheft(run, GRACE_SECONDS)).toBeLessThan(3);
      }),
      RUNS,
    );
  });

  test('has nothing after a change of the password, whenever and with whatever key, and cannot end the session', () => {
    const actor = fc.constantFrom('owner', 'thief', 'password change');
    const pause = fc.double({ min: 0, max: 3600, noNaN: true });
    const history = fc.array(fc.record({ actor, pause, which: fc.nat(60) }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(history, fc.constantFrom(0, GRACE_SECONDS), (run, grace) => {
        for (const { actor, answer } of playPasswordChanges(run, grace)) {
          if (actor === 'thief') expect(answer).toBe('superseded');
          else expect(answer).toMatchObject({ rotated: true });
        }
      }),
      RUNS,
    );
  });

  test('leaves the session ended once both have shown their tokens', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.double({ min: 31, max: 3600, noNaN: true }), (thiefFirst, pause) => {
        const server = createServer(GRACE_SECONDS);
        const [first, second] = thiefFirst ? ['thief', 'owner'] : ['owner', 'thief'];
        expect(server.present(0, `${first}`)).toMatchObject({ rotated: true });
        server.pass(pause);
        expect(server.present(0, `${second}`)).toBe('ended');
        expect(server.present(server.generation(), `${first}`)).toBe('ended');
      }),
    );
  });
});
