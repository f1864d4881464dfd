// Whatever is changed about a good token, it is good no more.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newKey, startIssuer } from './issuer.ts';
import { pretend, runtimes } from './runtimes.ts';

const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n%é');

type Mutation = (token: string) => string;

const at = fc.nat({ max: 2000 });
const within = (place: number, token: string) => place % token.length;

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, letter).map(([place, put]) => (token: string) => {
    const cut = within(place, token);
    return token.slice(0, cut) + put + token.slice(cut + 1);
  }),
  fc.tuple(at, letter).map(([place, put]) => (token: string) => {
    const cut = within(place, token);
    return token.slice(0, cut) + put + token.slice(cut);
  }),
  fc.tuple(at, fc.integer({ min: 1, max: 20 })).map(([place, length]) => (token: string) => {
    const cut = within(place, token);
    return token.slice(0, cut) + token.slice(cut + length);
  }),
  fc.tuple(at, at).map(([one, other]) => (token: string) => {
    const letters = [...token];
    const [a, b] = [within(one, token), within(other, token)];
    [letters[a], letters[b]] = [letters[b] ?? '', letters[a] ?? ''];
    return letters.join('');
  }),
  fc.constantFrom<Mutation[]>(
    (token) => token.toUpperCase(),
    (token) => token.split('.').reverse().join('.'),
    (token) => `${token}.${token}`,
    (token) => token.trimEnd().repeat(2),
  ),
);

describe.each(runtimes)('mutations, in %s', (runtime) => {
  test.each(['ES256', 'RS256', 'Ed25519'])('a good %s token with any change, is refused', async (alg) => {
    pretend(runtime);
    const { sign, verifier } = await startIssuer({ keys: [await newKey(alg)] });
    const { verify } = verifier();
    const token = await sign();
    await verify(token);
    await fc.assert(
      fc.asyncProperty(mutation, async (mutate) => {
        const mutant = mutate(token);
        fc.pre(mutant !== token);
        await expect(verify(mutant)).rejects.toMatchObject({ code: 'invalid_token' });
      }),
      { numRuns: 500 },
    );
  });
});
