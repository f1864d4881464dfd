// verifier/compact-jws.ts: takes a token apart (RFC 7515 section 3.1), and overlooks nothing that is misspelled.
import { runtime } from './runtime.ts';
import { parseStrictJson } from './strict-json.ts';
import { invalidToken } from './token-error.ts';

/** Four times what the longest access token of ours takes. */
const MAX_LENGTH = 8192;

/** Three parts: five are a JWE, which is never decrypted. */
const grammar = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** What may follow the last group of four: no padding, no bits to spare (RFC 7515 section 2, RFC 4648 section 3.5). */
const canonicalEnd = /^(?:.[AQgw]|..[AEIMQUYcgkosw048])?$/;

/** RFC 9068 section 4; a media type ignores case, and its first half may be left out (RFC 7515 section 4.1.9). */
const accessTokenType = /^(?:application\/)?at\+jwt$/i;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export interface CompactJws {
  readonly kid: string;
  readonly alg: string;
  readonly payload: string;
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export type Members = Readonly<Record<string, unknown>>;

/** Asked before anything is decoded, fetched or looked up. */
export function assertCompact(token: string): void {
  if (token.length > MAX_LENGTH) throw invalidToken('The token is too long.');
  if (!grammar.test(token)) throw invalidToken('This is no signed token.');
}

/** What the header says is checked here; what the payload says may be believed only when the signature is good. */
export function readJws(token: string): CompactJws {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { kid, alg } = readHeader(header);
  const signed = bytesOf(token.slice(0, token.length - signature.length - 1));
  return { kid, alg, payload, signed, signature: decode(signature) };
}

/** The tokens of one key have the same header, to the letter. */
const readHeader = rememberLast((header): Pick<CompactJws, 'kid' | 'alg'> => {
  const { typ, alg, kid, crit } = readObject(header);
  if (typeof typ !== 'string' || !accessTokenType.test(typ)) throw invalidToken('The token is of another type.');
  if (typeof alg !== 'string') throw invalidToken('The token names no algorithm.');
  if (typeof kid !== 'string' || kid === '') throw invalidToken('The token names no key.');
  if (crit !== undefined) throw invalidToken('The token needs an extension that is not known here.');
  return { kid, alg };
});

function rememberLast<Answer>(read: (text: string) => Answer): (text: string) => Answer {
  let last: { readonly text: string; readonly answer: Answer } | null = null;
  return (text) => {
    if (last?.text !== text) last = { text, answer: read(text) };
    return last.answer;
  };
}

export function readObject(part: string): Members {
  const value = parseStrictJson(textOf(decode(part)));
  if (!isObject(value)) throw invalidToken('A part of the token is no JSON object.');
  return value;
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw invalidToken('A part of the token is no UTF-8.', cause);
  }
}

/** Of letters, digits and a dot. Bytes of a Buffer are cheaper to have than those of a TextEncoder. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return runtime().Buffer?.from(text, 'latin1') ?? encoder.encode(text);
}

/** Of base64url letters, which the grammar has seen to. */
function decode(part: string): Uint8Array<ArrayBuffer> {
  if (!canonicalEnd.test(part.slice(part.length - (part.length % 4)))) throw invalidToken('A part is no base64url.');
  return runtime().Buffer?.from(part, 'base64url') ?? decodeWithoutBuffer(part);
}

function decodeWithoutBuffer(part: string): Uint8Array<ArrayBuffer> {
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
