// The issuer fails in every way, by a clock that is moved.
import { describe, expect, test } from 'vitest';
import { down, faults, unavailable } from './faults.ts';
import { answerJson, newKey, startIssuer } from './issuer.ts';

const quick = { deadlineMs: 1500 };

describe('keys: an issuer in trouble', () => {
  test.each(faults)('%s from the start: 503, and good again with the issuer', async (_, answering) => {
    const { verifier, sign, behaviour, publish, key } = await startIssuer();
    const { verify } = verifier(quick);
    behaviour.jwks = answering;
    await expect(verify(await sign())).rejects.toMatchObject(unavailable);
    publish([key]);
    await expect(verify(await sign())).resolves.toHaveProperty('subject');
  });

  test.each(faults)('%s later: the last good set serves, and nobody waits twice', async (_, answering) => {
    const { verifier, sign, behaviour, clock, fetched } = await startIssuer();
    const { verify } = verifier(quick);
    await verify(await sign());
    behaviour.jwks = answering;
    clock.advance({ minutes: 10 });
    const tokens = await Promise.all(Array.from({ length: 20 }, () => sign()));
    await Promise.all(tokens.map((token) => verify(token)));
    for (const token of tokens) await verify(token);
    expect(fetched()).toBe(2);
  });

  test('an unknown key meanwhile is 503: nobody can say that the token is bad', async () => {
    const { verifier, sign, behaviour, clock } = await startIssuer();
    const { verify } = verifier(quick);
    await verify(await sign());
    behaviour.jwks = down;
    clock.advance({ minutes: 1 });
    const token = await sign({}, {}, await newKey());
    await expect(verify(token)).rejects.toMatchObject(unavailable);
    await expect(verify(token)).rejects.toMatchObject(unavailable);
  });

  test('the last good set is not good for ever', async () => {
    const { verifier, sign, behaviour, clock, publish, key } = await startIssuer();
    const { verify } = verifier(quick);
    await verify(await sign());
    behaviour.jwks = down;
    clock.advance({ hours: 23 });
    await verify(await sign());
    clock.advance({ hours: 2 });
    await expect(verify(await sign())).rejects.toMatchObject(unavailable);
    publish([key]);
    await verify(await sign());
  });

  test.each([
    [100_000, 'fulfilled'],
    [140_000, 'rejected'],
  ])('good keys among %d bytes: %s', async (bytes, status) => {
    const { verifier, sign, behaviour, key } = await startIssuer();
    behaviour.jwks = answerJson({ keys: [key.publicJwk], x: 'x'.repeat(bytes) });
    const [attempt] = await Promise.allSettled([verifier().verify(await sign())]);
    expect(attempt).toMatchObject({ status, ...(status === 'rejected' && { reason: unavailable }) });
  });

  test('while fetching fails, it is tried once in an interval', async () => {
    const { verifier, sign, behaviour, clock } = await startIssuer();
    const urls: string[] = [];
    const { verify } = verifier({
      fetch: (url, init) => {
        urls.push(url);
        return fetch(url, init);
      },
    });
    await verify(await sign());
    behaviour.metadata = down;
    behaviour.jwks = down;
    clock.advance({ minutes: 10 });
    await verify(await sign());
    expect(urls.length).toBe(3);
    for (let n = 0; n < 10; n += 1) await verify(await sign());
    expect(urls.length).toBe(3);
    clock.advance({ seconds: 30 });
    await verify(await sign());
    expect(urls.length).toBe(4);
  });

  test('a fetch that never ends, deadline or not, is given up', async () => {
    const { verifier, sign, clock } = await startIssuer();
    const urls: string[] = [];
    const lost: typeof fetch = () => new Promise(() => {});
    const { verify } = verifier({
      fetch: (url, init) => (urls.push(url) === 1 ? lost(url, init) : fetch(url, init)),
    });
    void verify(await sign());
    clock.advance({ seconds: 10 });
    await expect(verify(await sign())).resolves.toHaveProperty('subject');
  });
});
