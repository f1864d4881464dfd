// Tokens that have been found good are remembered, within limits.
import { describe, expect, test, vi } from 'vitest';
import { startIssuer } from './issuer.ts';
import { pretend, runtimes } from './runtimes.ts';

const invalid = { code: 'invalid_token', status: 401 };

describe('verifier: tokens that were seen before', () => {
  test.each(runtimes)('are not verified twice, in %s', async (runtime) => {
    pretend(runtime);
    const { verifier, sign } = await startIssuer();
    const subtle = vi.spyOn(crypto.subtle, 'verify');
    const { verify } = verifier();
    const token = await sign();
    const principal = await verify(token);
    expect(await verify(token)).toBe(principal);
    expect(subtle).toHaveBeenCalledTimes(runtime === 'Node' ? 0 : 1);
    subtle.mockRestore();
  });

  test('are forgotten with their end', async () => {
    const { verifier, sign, clock } = await startIssuer();
    const { verify } = verifier();
    const token = await sign();
    const principal = await verify(token);
    clock.advance({ seconds: 300 });
    expect(await verify(token)).not.toBe(principal); // within the tolerance, which the full check gives
    clock.advance({ seconds: 5 });
    await expect(verify(token)).rejects.toMatchObject(invalid);
  });

  test('are as many as there is room for, the newest', async () => {
    const { verifier, sign } = await startIssuer();
    const { verify } = verifier({ maxCachedTokens: 2 });
    const tokens = [await sign(), await sign(), await sign()];
    const principals = [];
    for (const token of tokens) principals.push(await verify(token));
    expect(await verify(tokens[2] ?? '')).toBe(principals[2]);
    expect(await verify(tokens[1] ?? '')).toBe(principals[1]);
    expect(await verify(tokens[0] ?? '')).not.toBe(principals[0]);
  });

  test('are none if so wished', async () => {
    const { verifier, sign } = await startIssuer();
    const { verify } = verifier({ maxCachedTokens: 0 });
    const token = await sign();
    expect(await verify(token)).not.toBe(await verify(token));
  });

  test('stay when the same keys are fetched again', async () => {
    const { verifier, sign, clock, fetched } = await startIssuer();
    const { verify } = verifier();
    const token = await sign({ exp: Math.floor(clock.now().getTime() / 1000) + 900 });
    const principal = await verify(token);
    clock.advance({ minutes: 6 });
    expect(await verify(token)).toBe(principal);
    expect(fetched()).toBe(2);
  });
});
