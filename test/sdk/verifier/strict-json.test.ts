// Tokens in which a member is there twice, of an issuer whose signature is always good.
import { createSign, type KeyObject, KeyObject as Keys } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson } from '../../../sdk/src/verifier/strict-json.ts';
import { goodClaims, startIssuer } from './issuer.ts';
import { habitable, pretend } from './runtimes.ts';

const invalid = { code: 'invalid_token', status: 401 };
const encode = (text: string) => Buffer.from(text).toString('base64url');

async function startHandmade() {
  const { key, clock, issuer, verifier } = await startIssuer();
  const header = JSON.stringify({ typ: 'at+jwt', alg: key.alg, kid: key.kid });
  const payload = JSON.stringify(goodClaims(issuer, clock.now()));
  const privateKey: KeyObject = Keys.from(key.privateKey);

  /** Signed as it is written. */
  function seal(parts: { header?: string; payload?: string }): string {
    const signed = `${encode(parts.header ?? header)}.${encode(parts.payload ?? payload)}`;
    const signature = createSign('sha256').update(signed).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
  return { header, payload, seal, kid: key.kid, verify: verifier().verify };
}

/** The text with that in front of its last brace. */
const and = (text: string, more: string) => text.replace(/}$/, `,${more}}`);

describe.each(habitable)('verifier: a member that is there twice, in %s', (runtime) => {
  test.each<[string, (header: string, kid: string) => string]>([
    ['the algorithm, with another one first', (header) => header.replace('{', '{"alg":"none",')],
    ['the algorithm, the same', (header) => and(header, '"alg":"ES256"')],
    ['the key', (header, kid) => and(header, `"kid":"${kid}"`)],
    ['the type, after a line break', (header) => and(header, '\n "typ" : "at+jwt"')],
    ['the type, spelled with an escape', (header) => and(header, '"\\u0074yp":"at+jwt"')],
    ['a member that nobody knows', (header) => and(header, '"x":1,"x":1')],
    ['a member of an object', (header) => and(header, '"jwk":{"kty":"EC","kty":"oct"}')],
  ])('the header has %s: refused', async (_, change) => {
    pretend(runtime);
    const { header, kid, seal, verify } = await startHandmade();
    await verify(seal({}));
    await expect(verify(seal({ header: change(header, kid) }))).rejects.toMatchObject(invalid);
    await expect(verify(seal({}))).resolves.toHaveProperty('subject');
  });

  test.each<[string, (payload: string) => string]>([
    ['the end, and the last is good', (payload) => payload.replace('{', '{"exp":1,')],
    ['the user', (payload) => and(payload, '"sub":"somebody"')],
    ['the scope, spelled with an escape', (payload) => and(payload, '"sc\\u006fpe":"orders:delete"')],
    ['a member inside a list', (payload) => and(payload, '"act":[{"sub":"a","sub":"b"}]')],
    ['the prototype', (payload) => and(payload, '"__proto__":1,"__proto__":2')],
    ['an empty name', (payload) => and(payload, '"":1,"":2')],
  ])('the payload has %s: refused', async (_, change) => {
    pretend(runtime);
    const { payload, seal, verify } = await startHandmade();
    await expect(verify(seal({ payload: change(payload) }))).rejects.toMatchObject(invalid);
  });

  test.each<[string, (text: string) => string]>([
    ['as it is', (text) => text],
    ['with space around everything', (text) => JSON.stringify(JSON.parse(text), null, '\t')],
    ['with the same name in two objects', (text) => and(text, '"a":{"x":1},"b":{"x":1,"a":2}')],
    ['with values that look like names', (text) => and(text, '"a":"b\\":","b":"a","c":["a","a",":"]')],
    ['with names that are numbers', (text) => and(text, '"2":1,"1":2')],
  ])('once each, %s: accepted', async (_, change) => {
    pretend(runtime);
    const { header, payload, seal, verify } = await startHandmade();
    const token = seal({ header: change(header), payload: change(payload) });
    await expect(verify(token)).resolves.toHaveProperty('subject');
  });
});

test('strict JSON: whatever the value is, it is read like JSON.parse does, however it is spaced', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\n\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(parseStrictJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('strict JSON: a member that is put in twice is found at any place', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, at) => {
      const members = Object.entries(object).map(
        ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
      );
      const twice = [...members, members[at % members.length]];
      expect(() => parseStrictJson(`[{"x":{${twice.join()}}}]`)).toThrow('twice');
    }),
  );
});

test('strict JSON: nesting beyond what can be looked through is refused, not an error of the program', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(() => parseStrictJson(deep)).toThrow(expect.objectContaining(invalid));
});
