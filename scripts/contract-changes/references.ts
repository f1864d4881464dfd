// scripts/contract-changes/references.ts: a document with what its references point to in their place.

/** Throws for a reference that points to nothing, out of the document, or to what it is a part of. */
export function resolveReferences(document: unknown): unknown {
  const resolved = new Map<string, unknown>();

  function resolve(value: unknown, within: readonly string[]): unknown {
    if (Array.isArray(value)) return value.map((member) => resolve(member, within));
    if (!(value instanceof Object)) return value;
    const reference: unknown = Reflect.get(value, '$ref');
    if (typeof reference === 'string') return follow(reference, within);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolve(member, within)]));
  }

  function follow(reference: string, within: readonly string[]): unknown {
    if (within.includes(reference)) throw new Error(`${reference} is a part of itself: the rules cannot compare that.`);
    if (!resolved.has(reference)) {
      resolved.set(reference, resolve(find(document, reference), [...within, reference]));
    }
    return resolved.get(reference);
  }

  return resolve(document, []);
}

/** RFC 6901, within the document. */
function find(document: unknown, reference: string): unknown {
  const [start, ...names] = reference.split('/');
  const found = names
    .map((name) => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, name) => (value instanceof Object ? Reflect.get(value, name) : undefined), document);
  if (start !== '#' || found === undefined) throw new Error(`${reference} points to nothing.`);
  return found;
}
