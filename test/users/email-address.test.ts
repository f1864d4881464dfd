import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEmailAddress } from '../../src/users/email-address.ts';

const canonical = (text: string) => parseEmailAddress(text)?.canonical;

describe('e-mail address: one address, whatever the spelling', () => {
  test.each([
    ['upper case', 'Ann.Smith@EXAMPLE.Com', 'ann.smith@example.com'],
    ['composed and decomposed', 'Ame\u0301lie@example.com', 'am\u00e9lie@example.com'],
    ['composed and decomposed in the domain', 'ann@cafe\u0301.example', 'ann@xn--caf-dma.example'],
    ['an IDN and its punycode', 'ann@B\u00fccher.example', 'ann@xn--bcher-kva.example'],
    ['punycode in upper case', 'ann@XN--BCHER-KVA.example', 'ann@xn--bcher-kva.example'],
    ['an ideographic full stop', 'ann@例え\u3002jp', 'ann@xn--r8jz45g.jp'],
    ['fullwidth letters in the domain', 'ann@\uff45xample.com', 'ann@example.com'],
    ['a capital that is longer in lower case', '\u0130smail@example.com', 'i\u0307smail@example.com'],
    ['a Greek word in capitals', 'ΝΙΚΟΣ@example.com', 'νικος@example.com'],
  ])('%s', (_, text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });

  test.each([
    ['a tag', 'ann+news@example.com', 'ann@example.com'],
    ['a dot', 'a.nn@gmail.com', 'ann@gmail.com'],
    ['a ligature', '\ufb01nn@example.com', 'finn@example.com'],
    ['a sharp s', 'strau\u00dfe@example.com', 'strausse@example.com'],
    ['a sharp s in the domain', 'ann@fa\u00df.example', 'ann@fass.example'],
    ['another script', 'аnn@example.com', 'ann@example.com'],
    ['fullwidth letters before the at sign', '\uff41nn@example.com', 'ann@example.com'],
    ['a subdomain', 'ann@mail.example.com', 'ann@example.com'],
  ])('%s makes another one', (_, one, other) => {
    expect(canonical(one)).toBeTypeOf('string');
    expect(canonical(one)).not.toBe(canonical(other));
  });

  test('mail goes to the address as it was written, composed', () => {
    expect(parseEmailAddress('Ame\u0301lie@B\u00fccher.example')).toEqual({
      address: 'Am\u00e9lie@B\u00fccher.example',
      canonical: 'am\u00e9lie@xn--bcher-kva.example',
    });
  });
});

describe('e-mail address: taken', () => {
  test.each([
    'a@b.example',
    "o'hara+x_y-z!#$%&*/=?^`{|}~@example.com",
    '1@1.example',
    'ann@a-b.example',
    'ann@a--b.example',
    'हिन्दी@example.com',
    '用户@例え.jp',
    `${'a'.repeat(64)}@example.com`,
    `${'é'.repeat(32)}@example.com`,
    `ann@${'a'.repeat(63)}.example`,
    `ann@${'a.'.repeat(121)}example`,
  ])('%s', (text) => {
    expect(parseEmailAddress(text)).not.toBeNull();
  });
});

describe('e-mail address: refused', () => {
  test.each([
    '',
    '@',
    'ann',
    'ann@',
    '@example.com',
    'ann@localhost',
    'ann@example',
    // two at signs, and one that only looks like it
    'ann@example.com@evil.example',
    '"ann@evil.example"@example.com',
    'ann\uff20example.com',
    'ann@evil.example\uff20example.com',
    // what a mailer would read as something else
    '"ann"@example.com',
    '"ann smith"@example.com',
    'ann(comment)@example.com',
    'Ann <ann@example.com>',
    '<ann@example.com>',
    'ann@example.com,eve@evil.example',
    'ann@example.com, evil.example',
    'ann,eve@example.com',
    'ann;eve@example.com',
    'friends:ann@example.com;',
    'mailto:ann@example.com',
    'ann\\@example.com',
    'ann:x@example.com',
    'ann[x]@example.com',
    // line breaks and other control characters
    'ann\r\nBcc:eve@example.com',
    'ann@example.com\r\nBcc: eve',
    'ann@exa\r\nmple.com',
    'ann@example.com\n',
    'ann@exa\tmple.com',
    'ann\0@example.com',
    'ann@example.com\0',
    // white space, and what cannot be seen
    ' ann@example.com',
    'ann@example.com ',
    'a nn@example.com',
    'ann@ example.com',
    'a\u200bnn@example.com',
    'ann@exam\u00adple.com',
    'ann@exam\u200bple.com',
    'ann@exam\ufe0fple.com',
    'a\u034fnn@example.com',
    'ann\u3164@example.com',
    'ann\u202e@example.com',
    'ann@\u2066example.com',
    // what a parser of URLs would cut off or decode
    'ann@example.com/path',
    'ann@example.com?query',
    'ann@example.com#fragment',
    'ann@example.com\\path',
    'ann@ex%61mple.com',
    'ann@example.com:25',
    // no domain names
    'ann@127.0.0.1',
    'ann@0x7f.1',
    'ann@2130706433',
    'ann@[127.0.0.1]',
    'ann@[IPv6:::1]',
    'ann@example..com',
    'ann@.example.com',
    'ann@example.com.',
    'ann@-example.com',
    'ann@example-.com',
    'ann@exa_mple.com',
    'ann@xn--.example',
    `ann@${'a'.repeat(64)}.example`,
    // dots and lengths (RFC 5321 section 4.5.3.1)
    '.ann@example.com',
    'ann.@example.com',
    'a..nn@example.com',
    `${'a'.repeat(65)}@example.com`,
    `${'é'.repeat(33)}@example.com`,
    `ann@${'a.'.repeat(122)}example`,
    `${'a'.repeat(309)}@example.com`,
    // lengths of the canonical form
    `${'\u0130'.repeat(32)}@example.com`,
    `${'a'.repeat(64)}@${'ü.'.repeat(24)}example`,
    '\ud800nn@example.com',
  ])('%j', (text) => {
    expect(parseEmailAddress(text)).toBeNull();
  });
});

const localPart = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });
const domain = fc.constantFrom('example.com', 'B\u00fccher.example', 'cafe\u0301.example', 'EXAMPLE.org', '例え.jp');
const address = fc
  .tuple(fc.oneof(localPart, fc.constantFrom('\u0130', 'ΑΣ', '\u1e9e', 'K', 'ǅ')), domain)
  .map((parts) => parseEmailAddress(parts.join('@')))
  .filter((parsed) => parsed !== null);

test('e-mail address: the canonical form of a canonical form is itself', () => {
  fc.assert(
    fc.property(address, (parsed) => {
      expect(canonical(parsed.canonical)).toBe(parsed.canonical);
    }),
  );
});

test('e-mail address: as it was written, it is still the same address', () => {
  fc.assert(
    fc.property(address, (parsed) => {
      expect(parseEmailAddress(parsed.address)).toEqual(parsed);
    }),
  );
});

test('e-mail address: the case of a letter never makes another one', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (text) => {
      expect(canonical(text)).toBeTypeOf('string');
      expect(canonical(text.toUpperCase())).toBe(canonical(text.toLowerCase()));
    }),
  );
});

test('e-mail address: none that is taken can steer a mailer', () => {
  const nasty = fc.constantFrom(...'\r\n\t ,;:<>()[]\\"@%/?#\0\u00ad\u200b\uff20\u3002\'', 'a', 'b', '.', '1', 'é');
  const text = fc.tuple(fc.string({ unit: nasty, maxLength: 4 }), fc.string({ unit: nasty, maxLength: 4 }));
  fc.assert(
    fc.property(text, ([before, after]) => {
      const parsed = parseEmailAddress(`a${before}@${after}b.example`);
      if (parsed)
        expect(parsed.address).toMatch(/^[^\s,;:<>()[\]\\"@\p{Cc}\p{Cf}]+@[^\s,;:<>()[\]\\"@%/?#\p{Cc}\p{Cf}]+$/u);
    }),
    { numRuns: 2_000 },
  );
});
