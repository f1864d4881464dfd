// scripts/contract-changes/schema.ts: a JSON Schema as the rules compare it: one variant for each kind of value.
import { z } from 'zod';

export interface Schema {
  /** A value has to fit one of them. */
  readonly variants: readonly Variant[];
  /** What is meant by nothing, as JSON. */
  readonly fallback: string | null;
}

export interface Variant {
  /** `any`: of whatever type. */
  readonly type: string;
  readonly format: string | null;
  /** The only ones, as JSON. */
  readonly values: readonly string[] | null;
  /** Whether the contract says that there may be more values one day. */
  readonly isOpen: boolean;
  readonly limits: Readonly<Partial<Record<Limit, number>>>;
  readonly pattern: string | null;
  readonly members: ReadonlyMap<string, Schema>;
  readonly required: readonly string[];
  /** Of members that have no name here; null: there are none. */
  readonly others: Schema | null;
  readonly items: Schema | null;
}

export const lowerLimits = ['minLength', 'minItems', 'minimum', 'exclusiveMinimum', 'minProperties'] as const;
export const upperLimits = ['maxLength', 'maxItems', 'maximum', 'exclusiveMaximum', 'maxProperties'] as const;

export type Limit = (typeof lowerLimits)[number] | (typeof upperLimits)[number];

/** In the description of an enumeration: clients have to expect values that they do not know. */
export const OPEN_ENUM = 'More may be added.';

const limit = z.number().optional();
const annotation = z.unknown().optional();

/** A keyword that is not here is an error: a rule would be missing. */
const keywords = {
  type: z.union([z.string(), z.array(z.string())]).default('any'),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  pattern: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  description: z.string().default(''),
  title: annotation,
  examples: annotation,
  deprecated: annotation,
  propertyNames: z.strictObject({ type: z.literal('string') }).optional(), // says what JSON says
  ...{ minLength: limit, minItems: limit, minimum: limit, exclusiveMinimum: limit, minProperties: limit },
  ...{ maxLength: limit, maxItems: limit, maximum: limit, exclusiveMaximum: limit, maxProperties: limit },
};

const Keywords = z.strictObject(keywords, {
  error: ({ code, keys }) => (code === 'unrecognized_keys' ? `No rule knows the keyword ${keys}.` : undefined),
});

type Keywords = z.output<typeof Keywords>;

const nothingSaid = { format: null, values: null, isOpen: false, limits: {}, pattern: null, required: [], items: null };
const anything: Schema = {
  variants: [{ ...nothingSaid, type: 'any', members: new Map(), others: null }],
  fallback: null,
};

/** Many operations refer to the same schemas: each is read once. */
const known = new WeakMap<object, Schema>();

export function readSchema(json: unknown): Schema {
  const key = json instanceof Object ? json : {};
  const schema = known.get(key) ?? read(json);
  known.set(key, schema);
  return schema;
}

function read(schema: unknown): Schema {
  const keywords = Keywords.parse(schema);
  const alternatives = keywords.anyOf ?? keywords.oneOf;
  const variants = alternatives?.flatMap((one) => readSchema(one).variants) ?? readVariants(keywords);
  return { variants, fallback: keywords.default === undefined ? null : JSON.stringify(keywords.default) };
}

function readVariants(keywords: Keywords): Variant[] {
  const { format = null, pattern = null, properties, required, additionalProperties, items, description } = keywords;
  const common = {
    format,
    pattern,
    required,
    values: valuesOf(keywords),
    isOpen: description.includes(OPEN_ENUM),
    limits: limitsOf(keywords),
    members: new Map(Object.entries(properties).map(([name, member]) => [name, readSchema(member)])),
    others: othersOf(additionalProperties),
    items: items === undefined ? null : readSchema(items),
  };
  return [keywords.type].flat().map((type) => ({ type, ...common }));
}

function valuesOf(keywords: Keywords): string[] | null {
  const only = keywords.const === undefined ? [] : [keywords.const];
  const values = keywords.enum ?? only;
  return values.length > 0 ? values.map((value) => JSON.stringify(value)) : null;
}

function limitsOf(keywords: Partial<Record<Limit, number | undefined>>): Variant['limits'] {
  const said = [...lowerLimits, ...upperLimits].flatMap((name) => {
    const bound = keywords[name];
    return bound === undefined ? [] : [[name, bound] as const];
  });
  return Object.fromEntries(said);
}

function othersOf(additional: unknown): Schema | null {
  if (additional === false) return null;
  return additional === undefined || additional === true ? anything : readSchema(additional);
}
