// Whatever is done to a good token, and whatever else is brought: never active, never anything but an answer.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backend } from '../harness/clients.ts';
import { inactive, monitor, portal, startAsking } from './asking.ts';

/** The same mutations in every run; fast-check prints the seed and the path to the one that failed. */
const SEED = 7662;
const RUNS = 200;
const MAX_LENGTH = 4096;
const timeout = 120_000;

const letter = fc.constantFrom(...'ABCXYZabcxyz0123456789-_.=+/ ~\n\0é');
const position = fc.nat({ max: MAX_LENGTH });

type Mutation = (token: string) => string;

const at = (token: string, index: number) => index % token.length;
const splice = (token: string, from: number, length: number, text: string) =>
  token.slice(0, from) + text + token.slice(from + length);

/** One small change, of the kind that a forger, a cable or a copying hand makes. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(position, letter).map(
    ([index, to]) =>
      (token: string) =>
        splice(token, at(token, index), 1, to),
  ),
  fc.tuple(position, letter).map(
    ([index, to]) =>
      (token: string) =>
        splice(token, at(token, index), 0, to),
  ),
  fc.tuple(position, fc.nat({ max: 40 })).map(
    ([index, length]) =>
      (token: string) =>
        splice(token, at(token, index), length + 1, ''),
  ),
  fc.tuple(position, position).map(
    ([one, other]) =>
      (token: string) =>
        swap(token, at(token, one), at(token, other)),
  ),
  // The very last letter has bits that mean nothing: one in so many would be too seldom.
  letter.map((to) => (token: string) => token.slice(0, -1) + to),
  fc.constantFrom<Mutation>(
    (token) => token.toUpperCase(),
    (token) => token.toLowerCase(),
    (token) => `${token}${token}`,
    (token) => [...token].reverse().join(''),
    (token) => token.split('.').reverse().join('.'),
    (token) => encodeURIComponent(` ${token}`),
  ),
);

const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

function swap(token: string, one: number, other: number): string {
  const letters = [...token];
  [letters[one], letters[other]] = [letters[other] ?? '', letters[one] ?? ''];
  return letters.join('');
}

async function startWithTokens() {
  const service = await startAsking();
  const { tokens } = await service.signUpThrough(portal);
  const good = [tokens.access_token, tokens.refresh_token, await service.ownToken(backend)];
  const states = async () => (await service.tell(good, monitor)).map(({ active }) => active);
  expect(await states()).toEqual([true, true, true]);
  return { ...service, good, states };
}

test('introspection: a good token that was changed, never active', { timeout }, async () => {
  const { good, states, introspect } = await startWithTokens();
  let tried = 0;

  async function tryOne(token: string, changes: readonly Mutation[]): Promise<void> {
    const changed = changes.reduce((text, change) => change(text) || ' ', token);
    if (good.includes(changed)) return;
    tried += 1;
    const { status, body } = await introspect(changed, monitor);
    expect({ status, body, changed }).toEqual({ status: 200, body: inactive, changed });
  }

  const property = fc.asyncProperty(mutations, (changes) =>
    Promise.all(good.map((token) => tryOne(token, changes))).then(() => undefined),
  );
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
  expect(tried).toBeGreaterThan(RUNS * 2.9);
  expect(await states()).toEqual([true, true, true]);
});

const strange = fc.oneof(
  fc.string({ minLength: 1, maxLength: MAX_LENGTH, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: MAX_LENGTH, unit: letter, size: 'max' }),
  fc.array(fc.string({ unit: letter, maxLength: 900 }), { minLength: 2, maxLength: 5 }).map((parts) => parts.join('.')),
  fc.base64String({ maxLength: 1024 }).map((text) => `lkr_${text}`),
  fc
    .tuple(fc.json({ maxDepth: 3 }), fc.json({ maxDepth: 3 }), fc.uint8Array({ maxLength: 64 }))
    .map((parts) => parts.map((part) => Buffer.from(part).toString('base64url')).join('.')),
);

test('introspection: any string up to 4 KB, answered and inactive', { timeout }, async () => {
  const { introspect, states } = await startWithTokens();
  const property = fc.asyncProperty(strange, async (text) => {
    const token = Buffer.from(text).subarray(0, MAX_LENGTH).toString() || '.';
    const { status, body } = await introspect(token, monitor);
    expect({ status, body }).toEqual({ status: 200, body: inactive });
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
  expect(await states()).toEqual([true, true, true]);
});
