// http/json.ts: JSON objects, read strictly (RFC 8259 with the interoperable subset of RFC 7493). `JSON.parse` knows
// the grammar; what it lets through (members given twice, deep nesting, numbers that overflow, broken Unicode, names
// that are special in JavaScript) is looked for in the text it has already accepted.
import { AuthError } from '../errors.ts';

const MAX_DEPTH = 8;

/** The tokens of valid JSON that matter here; white space, commas and literals fall between them. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]|-?\d[\d.eE+-]*/g;

export function parseJsonObject(text: string): Record<string, unknown> {
  const value: unknown = parse(text);
  if (!isObject(value)) throw new AuthError('invalid_request');
  assertUnambiguous(text);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8 quotes the text in its message, and the text may hold a password: nothing of it goes on.
    throw new AuthError('invalid_request');
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function assertUnambiguous(text: string): void {
  const open: Set<string>[] = [];
  let lastString = '';
  for (const [piece] of text.matchAll(token)) {
    switch (piece[0]) {
      case '{':
      case '[':
        open.push(new Set());
        if (open.length > MAX_DEPTH) throw new AuthError('invalid_request');
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"':
        lastString = wellFormed(piece);
        break;
      case ':':
        addMember(open.at(-1), lastString);
        break;
      default:
        if (!Number.isFinite(Number(piece))) throw new AuthError('invalid_request');
    }
  }
}

function wellFormed(quoted: string): string {
  const value: string = JSON.parse(quoted);
  if (!value.isWellFormed()) throw new AuthError('invalid_request');
  return value;
}

function addMember(members: Set<string> | undefined, name: string): void {
  if (!members || members.has(name) || name in Object.prototype) throw new AuthError('invalid_request');
  members.add(name);
}
