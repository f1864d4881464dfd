// http/form.ts: application/x-www-form-urlencoded, read flat and strictly. Nesting, arrays and commas are features of
// other parsers that were a vulnerability each; here a name stands for one string or the message is refused.
import { AuthError } from '../errors.ts';

/** Undoes the form encoding of one name or value. Throws URIError for broken or non-UTF-8 escapes. */
export function formDecode(value: string): string {
  return decodeURIComponent(value.replaceAll('+', ' '));
}

/** RFC 6749 section 3.2: a parameter without a value counts as omitted, and none may be sent twice. */
export function parseForm(text: string): Record<string, string> {
  const seen = new Set<string>();
  const parameters: Record<string, string> = {};
  for (const pair of text.split('&')) {
    const [name, value] = decodePair(pair);
    if (seen.has(name) || name in Object.prototype) throw new AuthError('invalid_request');
    seen.add(name);
    if (value !== '') parameters[name] = value;
  }
  return parameters;
}

function decodePair(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=');
  try {
    return at < 0 ? [formDecode(pair), ''] : [formDecode(pair.slice(0, at)), formDecode(pair.slice(at + 1))];
  } catch {
    throw new AuthError('invalid_request');
  }
}
