// users/hash-form.ts: what becomes of a stored hash when it is read.

/** Checks passwords against one stored hash. */
export interface ReadableHash {
  /** The algorithm with its parameters. Two hashes of one kind take equally long to check. */
  readonly kind: string;
  /** How many bytes of a password it depends on. What comes after them is not checked. */
  readonly bytesSeen: number;
  /** Rejects only for want of memory or threads. */
  verify(password: string): Promise<boolean>;
}

/** A hash of a known form that we will not compute, and why. */
export interface ExcessiveHash {
  readonly fault: string;
}

export type HashReading = ReadableHash | ExcessiveHash;

/** Base64 without padding; empty unless it is the one way to write these bytes, so that no two texts are one hash. */
export function decode(text: string, encoding: 'base64' | 'base64url'): Buffer {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding).replaceAll('=', '') === text ? bytes : Buffer.alloc(0);
}
