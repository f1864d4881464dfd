// platform/cursor.ts: where a list goes on. A cursor is opaque to clients, and sealed: what comes back is what was given.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DerivedKey, DerivedKeys } from './secrets.ts';

export interface Cursors {
  /** `list` names the list, so that a cursor of one is none of another. */
  seal(list: string, position: string): string;
  /** Null for whatever we did not seal for that list. */
  open(list: string, cursor: string): string | null;
}

const HMAC_BYTES = 32;
const KEY_ID_LENGTH = 8;

export function createCursors(keys: DerivedKeys): Cursors {
  function seal(list: string, position: string): string {
    const { newest } = keys;
    return Buffer.concat([Buffer.from(newest.id), hmac(newest, list, position), Buffer.from(position)]).toString(
      'base64url',
    );
  }

  function open(list: string, cursor: string): string | null {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.toString('base64url') !== cursor) return null; // the decoder passes over what it does not know
    const key = keys.find(bytes.toString('latin1', 0, KEY_ID_LENGTH));
    const position = bytes.toString('utf8', KEY_ID_LENGTH + HMAC_BYTES);
    const presented = bytes.subarray(KEY_ID_LENGTH, KEY_ID_LENGTH + HMAC_BYTES);
    if (!key || presented.length !== HMAC_BYTES) return null;
    return timingSafeEqual(hmac(key, list, position), presented) ? position : null;
  }

  return { seal, open };
}

function hmac({ key }: DerivedKey, list: string, position: string): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify([list, position]))
    .digest();
}
