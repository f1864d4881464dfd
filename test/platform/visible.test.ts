import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible, visibleLines } from '../../src/platform/visible.ts';

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n));

const hidden = [
  ...range(0x00, 0x1f),
  ...range(0x7f, 0x9f),
  ...range(0x2028, 0x2029),
  ...range(0x202a, 0x202e),
  ...range(0x2066, 0x2069),
  ...['\u061c', '\u200e', '\u200f'],
];

describe('visible', () => {
  test.each(hidden.map((character) => [character.charCodeAt(0).toString(16).padStart(4, '0'), character]))(
    'U+%s is written as its number',
    (hex, character) => {
      expect(visible(`a${character}b`)).toBe(`a\\u${hex}b`);
      expect(visibleLines(`a${character}b`)).toBe(character === '\n' ? 'a\nb' : `a\\u${hex}b`);
    },
  );

  test.each(['Zoë "Zo" O\'Núñez 🦊', '王小明', 'שלום', 'مى\u200cخواهم', '👩\u200d👩\u200d👧', 'back\\slash', ''])(
    'people’s own scripts stay as they are: %s',
    (name) => {
      expect(visible(name)).toBe(name);
      expect(visibleLines(name)).toBe(name);
    },
  );

  test('JSON that was made visible is the same JSON, and hides nothing', () => {
    const text = fc.array(fc.oneof(fc.constantFrom(...hidden), fc.string())).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        const shown = visibleLines(JSON.stringify(value, null, 2));
        expect(JSON.parse(shown)).toEqual(value);
        for (const character of hidden) if (character !== '\n') expect(shown).not.toContain(character);
      }),
    );
  });
});
