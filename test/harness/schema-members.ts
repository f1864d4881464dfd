// test/harness/schema-members.ts: the names of members that a JSON Schema speaks of.

/** Every name at every depth, also within the definitions that are part of the schema. */
export function memberNames(schema: unknown): string[] {
  if (!(schema instanceof Object)) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const own = keyword === 'properties' && value instanceof Object ? Object.keys(value) : [];
    return [...own, ...memberNames(value)];
  });
}
