// scripts/contract-changes/kinds.ts: which variants of two schemas are the same thing, before and after a change.
import type { Variant } from './schema.ts';

/** Of the expected ones, those that a given one has to be compared with. */
export function counterparts(given: Variant, expected: readonly Variant[]): Variant[] {
  return expected.filter((one) => covers(one.type, given.type) && !differ(given, one));
}

function covers(expected: string, given: string): boolean {
  return expected === given || expected === 'any' || (expected === 'number' && given === 'integer');
}

/** Objects that a member tells apart, as `grant_type` does. */
function differ(one: Variant, other: Variant): boolean {
  const tags = tagsOf(other);
  return [...tagsOf(one)].some(([name, value]) => (tags.get(name) ?? value) !== value);
}

/** What kind of object it is, in words; null if no member says so. */
export function kindOf(variant: Variant): string | null {
  const tags = [...tagsOf(variant)].map(([name, value]) => `\`${name}\` ${value}`);
  return tags.length > 0 ? tags.join(', ') : null;
}

/** The members that have one value only. */
function tagsOf({ members }: Variant): ReadonlyMap<string, string> {
  const tags = [...members].flatMap(([name, { variants }]) => {
    const [value, ...more] = variants.flatMap(({ values }) => values ?? []);
    return value !== undefined && more.length === 0 ? [[name, value] as const] : [];
  });
  return new Map(tags);
}
