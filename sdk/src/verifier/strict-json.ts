// verifier/strict-json.ts: JSON that every reader understands alike: no member is there twice.
import { invalidToken } from './token-error.ts';

/**
 * In valid JSON, a string is the name of a member if a colon follows, and a value otherwise. The closing quote is optional, so
 * that no text makes the search start again inside a string.
 */
const strings = /"(?:[^"\\]|\\.)*"?\s*(:)?/g;

/**
 * RFC 7515 section 4 and RFC 7519 section 4: names are unique. Of two members with one name this parser keeps the last,
 * and another program may keep the first: a token must not mean two things.
 */
export function parseStrictJson(text: string): unknown {
  const { value, isUnique } = read(text);
  if (!isUnique) throw invalidToken('A part of the token has a member twice.');
  return value;
}

/** What is nested too deeply to be looked through is refused as well. */
function read(text: string): { value: unknown; isUnique: boolean } {
  try {
    const value: unknown = JSON.parse(text);
    return { value, isUnique: isCompact(text, value) || countNames(text) === countMembers(value) };
  } catch (cause) {
    throw invalidToken('A part of the token is no JSON.', cause);
  }
}

/** Written again it is the same, so nothing was dropped. This is quick, and the service writes its tokens like that. */
function isCompact(text: string, value: unknown): boolean {
  return JSON.stringify(value) === text;
}

/** As written. */
function countNames(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(strings)) if (colon) count += 1;
  return count;
}

/** As read: of members with the same name, however it is spelled, one is left. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  const own = Array.isArray(value) ? 0 : inside.length;
  return inside.reduce((count, member) => count + countMembers(member), own);
}
