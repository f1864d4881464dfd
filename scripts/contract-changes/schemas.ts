// scripts/contract-changes/schemas.ts: what a change of a schema breaks, on the side of requests and on that of answers.
// What clients send has to be accepted as before; what they are answered has to be what they expect.
import { counterparts, kindOf } from './kinds.ts';
import { lowerLimits, type Schema, upperLimits, type Variant } from './schema.ts';

export type Side = 'request' | 'response';

export interface Pair<Part> {
  readonly before: Part;
  readonly after: Part;
}

interface Place {
  readonly side: Side;
  /** The names on the way from the top, joined by dots. */
  readonly at: string;
}

type Rule = (pair: Pair<Variant>, place: Place) => string[];

/** One sentence for each break. */
export function schemaBreaks(pair: Pair<Schema>, place: Place): string[] {
  const { before, after } = pair;
  const isRequest = place.side === 'request';
  const [given, expected] = isRequest ? [before, after] : [after, before];
  const misfits = given.variants.flatMap((variant) => misfitBreaks(variant, expected.variants, place));
  const breaks = [...misfits, ...(isRequest ? fallbackBreaks(pair, place) : lostObjects(pair, place))];
  return [...new Set(breaks)];
}

/** A variant of the side that is given has to fit one of those that are expected. */
function misfitBreaks(given: Variant, expected: readonly Variant[], place: Place): string[] {
  const comparisons = counterparts(given, expected).map((one) => {
    const pair = place.side === 'request' ? { before: given, after: one } : { before: one, after: given };
    return variantBreaks(pair, place);
  });
  return fewest(comparisons) ?? [strange(given, expected, place)];
}

/** Objects that clients know how to read, and that are not among the answers any more. */
function lostObjects({ before, after }: Pair<Schema>, place: Place): string[] {
  return before.variants
    .filter(({ type }) => type === 'object')
    .flatMap((one) => {
      const objects = counterparts(one, after.variants);
      const comparisons = objects.map((other) => variantBreaks({ before: one, after: other }, place));
      return fewest(comparisons) ?? [`${say(place.at)} is never ${kindInWords(one)} any more`];
    });
}

function fewest(comparisons: readonly string[][]): string[] | undefined {
  return comparisons.toSorted((one, other) => one.length - other.length)[0];
}

/** There is nothing to compare it with. */
function strange(given: Variant, expected: readonly Variant[], { side, at }: Place): string {
  if (expected.some(({ type }) => type === given.type)) {
    const kind = kindInWords(given);
    return side === 'request' ? `${say(at)} cannot be ${kind} any more` : `${say(at)} can be ${kind} now`;
  }
  const types = [...new Set(expected.map(({ type }) => type))].join(' or ');
  return side === 'request'
    ? `the type of ${say(at)} is ${types} now, and ${given.type} is refused`
    : `the type of ${say(at)} can be ${given.type} now; it was ${types}`;
}

function kindInWords(variant: Variant): string {
  const kind = kindOf(variant);
  return kind === null ? 'an object' : `an object with ${kind}`;
}

function variantBreaks(pair: Pair<Variant>, place: Place): string[] {
  if (pair.before.type !== pair.after.type) return [];
  return rules[place.side].flatMap((rule) => rule(pair, place));
}

/** A format is a type to most generators. */
const formatBreaks: Rule = ({ before, after }, { at }) => {
  if (before.format === after.format) return [];
  return [`the format of ${say(at)} is ${after.format ?? 'none'} now; it was ${before.format ?? 'none'}`];
};

const lostValues: Rule = ({ before, after }, { at }) => {
  if (after.values === null) return [];
  if (before.values === null) return [`${say(at)} takes nothing but ${after.values.join(', ')} now`];
  return missing(before.values, after.values).map((value) => `${say(at)} does not take ${value} any more`);
};

const newValues: Rule = ({ before, after }, { at }) => {
  if (before.values === null || before.isOpen) return [];
  if (after.values === null) return [`${say(at)} can be any value now; it was ${before.values.join(', ')}`];
  return missing(after.values, before.values).map(
    (value) => `${say(at)} can be ${value} now, and the contract did not say that more values may be added`,
  );
};

const tighterLimits: Rule = ({ before, after }, { at }) => {
  const tighter = [
    ...lowerLimits.filter((name) => (after.limits[name] ?? -Infinity) > (before.limits[name] ?? -Infinity)),
    ...upperLimits.filter((name) => (after.limits[name] ?? Infinity) < (before.limits[name] ?? Infinity)),
  ];
  return tighter.map(
    (name) => `${name} of ${say(at)} is ${after.limits[name]} now; it was ${before.limits[name] ?? 'none'}`,
  );
};

/** Which of two patterns is the stricter one cannot be told. */
const otherPattern: Rule = ({ before, after }, { at }) => {
  if (after.pattern === null || after.pattern === before.pattern) return [];
  return [`the pattern of ${say(at)} is ${after.pattern} now; it was ${before.pattern ?? 'none'}`];
};

const requestMembers: Rule = ({ before, after }, { at }) => {
  const gone = missing([...before.members.keys()], [...after.members.keys()]).map((name) =>
    after.others ? `${say(at, name)} is ignored now` : `${say(at, name)} is refused now`,
  );
  const needed = missing(after.required, before.required).map((name) =>
    before.members.has(name) ? `${say(at, name)} is required now` : `${say(at, name)} is new and required`,
  );
  const closed = before.others && !after.others ? [`${say(at)} refuses members that have no name here now`] : [];
  return [...gone, ...needed, ...closed];
};

const responseMembers: Rule = ({ before, after }, { at }) => {
  const gone = missing([...before.members.keys()], [...after.members.keys()]);
  const rare = missing(before.required, after.required).filter((name) => !gone.includes(name));
  return [
    ...gone.map((name) => `${say(at, name)} is gone`),
    ...rare.map((name) => `${say(at, name)} is not always there any more`),
  ];
};

const insideBreaks: Rule = ({ before, after }, { side, at }) => [
  ...[...before.members].flatMap(([name, member]) =>
    partBreaks({ before: member, after: after.members.get(name) }, { side, at: join(at, name) }),
  ),
  ...partBreaks({ before: before.items, after: after.items }, { side, at: `${at}[]` }),
  ...partBreaks({ before: before.others, after: after.others }, { side, at: join(at, '*') }),
];

/** Of parts that both have. What comes or goes has rules of its own. */
function partBreaks({ before, after }: Pair<Schema | null | undefined>, place: Place): string[] {
  return before && after && before !== after ? schemaBreaks({ before, after }, place) : [];
}

function fallbackBreaks({ before, after }: Pair<Schema>, { at }: Place): string[] {
  if (before.fallback === null || after.fallback === null || before.fallback === after.fallback) return [];
  return [`the default of ${say(at)} is ${after.fallback} now; it was ${before.fallback}`];
}

const rules: Readonly<Record<Side, readonly Rule[]>> = {
  request: [formatBreaks, lostValues, tighterLimits, otherPattern, requestMembers, insideBreaks],
  response: [formatBreaks, newValues, responseMembers, insideBreaks],
};

function missing(names: readonly string[], among: readonly string[]): string[] {
  return names.filter((name) => !among.includes(name));
}

function join(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

function say(at: string, name?: string): string {
  const path = name === undefined ? at : join(at, name);
  return path === '' ? 'it' : `\`${path}\``;
}
