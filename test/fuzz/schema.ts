// test/fuzz/schema.ts: from what an operation says of its input to values that fit. What a schema cannot say is in
// `meanings.ts`.
import fc from 'fast-check';
import { z } from 'zod';
import { CANARY } from '../http/failures.ts';
import { meaningsOf } from './meanings.ts';

/** A name and the JSON of a value: as text, so that it can also be what no value is, and be there twice. */
export type Member = readonly [name: string, json: string];

/** The part of JSON Schema that zod writes. */
interface Schema {
  readonly $ref?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minItems?: number | undefined;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly $defs?: Readonly<Record<string, Schema>> | undefined;
}

const SchemaShape: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    anyOf: z.array(SchemaShape).optional(),
    oneOf: z.array(SchemaShape).optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minItems: z.number().optional(),
    items: SchemaShape.optional(),
    properties: z.record(z.string(), SchemaShape).optional(),
    required: z.array(z.string()).optional(),
    $defs: z.record(z.string(), SchemaShape).optional(),
  }),
);

/** All that fits the schema of an object, as members. None for a part of a request that has no schema. */
export function membersOf(schema: z.ZodType | undefined, operationId: string): fc.Arbitrary<readonly Member[]> {
  if (!schema) return fc.constant([]);
  const whole = SchemaShape.parse(z.toJSONSchema(schema, { io: 'input' }));

  function resolved(one: Schema): Schema {
    const name = one.$ref?.replace('#/$defs/', '');
    const target = name === undefined ? one : whole.$defs?.[name];
    if (!target) throw new Error(`The schema of ${operationId} has no ${name}.`);
    return target;
  }

  function objectOf(one: Schema): fc.Arbitrary<readonly Member[]> {
    const { properties = {}, required = [], oneOf, anyOf } = resolved(one);
    const alternatives = oneOf ?? anyOf;
    if (alternatives) return fc.oneof(...alternatives.map(objectOf));
    const members = Object.entries(properties).map(([name, property]) => {
      const member = jsonOf(property, name).map((json): Member[] => [[name, json]]);
      // Most of what need not be said is left out, or little of it would ever be right as a whole.
      return required.includes(name)
        ? member
        : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: member });
    });
    return fc.tuple(...members).map((all) => all.flat());
  }

  function jsonOf(one: Schema, name: string): fc.Arbitrary<string> {
    const { anyOf, oneOf, type, items, properties, minItems = 0, ...rest } = resolved(one);
    const alternatives = anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((each) => ({ ...rest, type: each })) : null);
    if (alternatives) return fc.oneof(...alternatives.map((each) => jsonOf(each, name)));
    if (properties) return objectOf(one).map(joined);
    if (items) {
      return fc.array(jsonOf(items, name), { minLength: minItems, maxLength: minItems + 2 }).map((all) => `[${all}]`);
    }
    return plain({ ...rest, type }, meaningsOf(operationId, name));
  }

  return objectOf(whole);
}

export function joined(members: readonly Member[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function plain(schema: Schema, meanings: readonly string[]): fc.Arbitrary<string> {
  const { type, minimum = 0, maximum = 2 ** 31, enum: choices, const: only, ...text } = schema;
  if (choices) return fc.constantFrom(...choices.map((choice) => JSON.stringify(choice)));
  if (only !== undefined) return fc.constant(JSON.stringify(only));
  switch (type) {
    case 'null':
      return fc.constant('null');
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'integer':
    case 'number':
      return fc.integer({ min: minimum, max: maximum }).map(String);
    case 'object':
      return fc
        .dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true, maxKeys: 3 })
        .map((value) => JSON.stringify(value));
    case 'string':
      return (meanings.length > 0 ? fc.constantFrom(...meanings) : textOf(text)).map((value) => JSON.stringify(value));
    default:
      return fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value));
  }
}

function textOf({ format, pattern, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: firstInstant, max: lastInstant }).map((at) => at.toISOString());
  const fits = (value: string) => value.length >= minLength && value.length <= maxLength;
  if (pattern && !pattern.includes('\\0')) return fc.stringMatching(new RegExp(pattern)).filter(fits);
  return fc
    .string({ minLength, maxLength: Math.min(maxLength, 40) })
    .map((some) => `${some}${CANARY}`.slice(0, maxLength));
}

/** Between these an instant has a year of four digits. */
const firstInstant = new Date('0000-01-01T00:00:00Z');
const lastInstant = new Date('9999-12-31T23:59:59Z');
