// platform/strict-json.ts: reads JSON objects strictly (RFC 8259 with the interoperable subset of RFC 7493). `JSON.parse`
// checks the grammar. This file then looks for what `JSON.parse` accepts and two readers could understand differently:
// repeated members, deep nesting, numbers that overflow, broken Unicode, and names that are special in JavaScript.

const MAX_DEPTH = 8;

/**
 * The tokens of valid JSON that matter here; white space, commas and literals fall between them. The closing quote is
 * optional, so that no text makes the search start again inside a string.
 */
const token = /"(?:[^"\\]|\\.)*"?|[{}[\]:]|-?\d[\d.eE+-]*/g;

/** Null if the text is not an object, or an ambiguous one. */
export function parseStrictObject(text: string): Record<string, unknown> | null {
  const value = parse(text);
  return isObject(value) && isUnambiguous(text) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // V8 quotes the text in its message, and the text may hold a password
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUnambiguous(text: string): boolean {
  const accepts = createReader();
  for (const [piece] of text.matchAll(token)) if (!accepts(piece)) return false;
  return true;
}

/** Takes the tokens in their order, and returns false at the first that makes the text ambiguous. */
function createReader() {
  const open: Set<string>[] = [];
  let lastString = '';
  return (piece: string): boolean => {
    switch (piece[0]) {
      case '{':
      case '[':
        return open.push(new Set()) <= MAX_DEPTH;
      case '}':
      case ']':
        return open.pop() !== undefined;
      case '"':
        lastString = JSON.parse(piece);
        return lastString.isWellFormed();
      case ':':
        return addMember(open.at(-1), lastString);
      default:
        return Number.isFinite(Number(piece));
    }
  };
}

/** False for a name that is there already, or that every JavaScript object has. */
function addMember(members: Set<string> | undefined, name: string): boolean {
  if (!members || members.has(name) || name in Object.prototype) return false;
  members.add(name);
  return true;
}
