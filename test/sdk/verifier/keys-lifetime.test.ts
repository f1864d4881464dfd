// How long keys are kept, and what becomes of them that are withdrawn or not known.
import { describe, expect, test, vi } from 'vitest';
import { silent } from './faults.ts';
import { answerJson, newKey, startIssuer } from './issuer.ts';

const invalid = { code: 'invalid_token', status: 401 };

describe('keys: how long they are kept', () => {
  test.each([
    ['public, max-age=300', 300],
    ['max-age="60"', 60],
    ['s-maxage=5, MAX-AGE=120', 120],
    ['max-age=31536000', 3600],
    ['no-cache, max-age=300', 1],
    ['no-store', 1],
    ['public', 300],
  ])('%s: %d seconds', async (cacheControl, lifetime) => {
    const { verifier, sign, publish, key, clock, fetched } = await startIssuer();
    publish([key], cacheControl);
    const { verify } = verifier();
    await verify(await sign());
    clock.advance({ seconds: lifetime * 0.7 });
    await verify(await sign());
    expect(fetched()).toBe(1);
    clock.advance({ seconds: lifetime * 0.3 });
    await verify(await sign());
    expect(fetched()).toBe(2);
  });

  test('what they have spent in a cache on the way counts', async () => {
    const { verifier, sign, behaviour, key, clock, fetched } = await startIssuer();
    behaviour.jwks = answerJson({ keys: [key.publicJwk] }, { 'Cache-Control': 'max-age=300', Age: '290' });
    const { verify } = verifier();
    await verify(await sign());
    clock.advance({ seconds: 10 });
    await verify(await sign());
    expect(fetched()).toBe(2);
  });

  test('near the end they are fetched anew, and nobody waits for it', async () => {
    const { verifier, sign, behaviour, clock, fetched } = await startIssuer();
    const { verify } = verifier({ deadlineMs: 60_000 });
    await verify(await sign());
    behaviour.jwks = silent;
    clock.advance({ seconds: 299 });
    for (let n = 0; n < 5; n += 1) await verify(await sign()); // would take a minute
    await vi.waitFor(() => expect(fetched()).toBe(2));
  });

  test('a clock that is set back, does not stop the fetching', async () => {
    const { verifier, sign, clock, fetched, key, publish } = await startIssuer();
    const { verify } = verifier();
    await verify(await sign());
    clock.advance({ days: -2 });
    publish([key]);
    await verify(await sign());
    await vi.waitFor(() => expect(fetched()).toBe(2));
  });
});

describe('keys: a key that is withdrawn', () => {
  async function startWithTwo() {
    const [old, next] = [await newKey(), await newKey()];
    const world = await startIssuer({ keys: [old, next] });
    const { verify } = world.verifier();
    const token = await world.sign({ exp: Math.floor(world.clock.now().getTime() / 1000) + 3600 }, {}, old);
    await verify(token);
    world.publish([next]);
    return { ...world, verify, token, old, next };
  }

  test('its tokens are refused when max-age is over, those too that were seen before', async () => {
    const { verify, token, clock, sign, old, next } = await startWithTwo();
    clock.advance({ seconds: 301 });
    await expect(verify(token)).rejects.toMatchObject(invalid);
    await expect(verify(await sign({}, {}, old))).rejects.toMatchObject(invalid);
    await verify(await sign({}, {}, next));
  });

  test('its tokens are refused at once when something else has made the keys be fetched', async () => {
    const { verify, token, clock, sign } = await startWithTwo();
    clock.advance({ seconds: 31 });
    await verify(token); // it is not known yet
    await expect(verify(await sign({}, {}, await newKey()))).rejects.toMatchObject(invalid);
    await expect(verify(token)).rejects.toMatchObject(invalid);
  });
});

describe('keys: one that is not known', () => {
  test('a new one is fetched once, for all who come with it', async () => {
    const { verifier, sign, publish, key, clock, fetched } = await startIssuer();
    const { verify } = verifier();
    await verify(await sign());
    const next = await newKey();
    publish([key, next]);
    clock.advance({ seconds: 31 });
    const tokens = await Promise.all(Array.from({ length: 20 }, () => sign({}, {}, next)));
    await Promise.all(tokens.map((token) => verify(token)));
    expect(fetched()).toBe(2);
  });

  test('a flood of made-up ones makes one fetch in an interval, and no good token is refused', async () => {
    const { verifier, sign, clock, fetched } = await startIssuer();
    const { verify } = verifier({ refetchIntervalMs: 20_000 });
    const forger = await newKey();
    await verify(await sign());
    for (let interval = 0; interval < 5; interval += 1) {
      const tokens = await Promise.all(
        Array.from({ length: 100 }, (_, n) => sign({}, { kid: `made-up-${n}` }, forger)),
      );
      const [good, ...refused] = await Promise.allSettled([
        verify(await sign()),
        ...tokens.map((token) => verify(token)),
      ]);
      expect(good.status).toBe('fulfilled');
      for (const answer of refused) expect(answer).toMatchObject({ status: 'rejected', reason: invalid });
      expect(fetched()).toBe(1 + interval);
      clock.advance({ seconds: 20 });
    }
  });

  test('while the keys are slow, a good token does not wait behind it', async () => {
    const { verifier, sign, behaviour, clock } = await startIssuer();
    const { verify } = verifier({ deadlineMs: 1000 });
    await verify(await sign());
    behaviour.jwks = silent;
    clock.advance({ seconds: 31 });
    const unknown = verify(await sign({}, {}, await newKey())).catch((error) => error.code);
    const first = await Promise.race([unknown, verify(await sign())]);
    expect(first).toHaveProperty('subject');
    expect(await unknown).toBe('keys_unavailable');
  });
});
