// platform/cursor.ts: where a list goes on. A position holds data of other users, such as an e-mail address, and a cursor
// is part of a URL, which proxies and browsers write down. So it is encrypted (AES-256-GCM), and no client can make one.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DerivedKeys } from './secrets.ts';

export interface Cursors {
  /** `list` names the list, so that a cursor of one is none of another. */
  seal(list: string, position: string): string;
  /** Null for whatever we did not seal for that list. */
  open(list: string, cursor: string): string | null;
}

const CIPHER = 'aes-256-gcm';
/** Secret id (4 bytes), nonce (12), encrypted position (whole blocks), tag (16). */
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = KEY_ID_BYTES + NONCE_BYTES;
/** Nearly every position fits into one block, so that the length of a cursor tells little about it. */
const BLOCK_BYTES = 64;
/** Ends the position; NULs fill its last block up (ISO/IEC 7816-4). */
const END = 0x80;

export function createCursors(keys: DerivedKeys): Cursors {
  function seal(list: string, position: string): string {
    const { id, key } = keys.newest;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(list));
    const encrypted = Buffer.concat([cipher.update(pad(position)), cipher.final()]);
    return Buffer.concat([Buffer.from(id, 'hex'), nonce, encrypted, cipher.getAuthTag()]).toString('base64url');
  }

  function open(list: string, cursor: string): string | null {
    const bytes = Buffer.from(cursor, 'base64url');
    const blocks = (bytes.length - HEAD_BYTES - TAG_BYTES) / BLOCK_BYTES;
    if (blocks < 1 || !Number.isInteger(blocks)) return null;
    if (bytes.toString('base64url') !== cursor) return null; // the decoder passes over what it does not know
    const key = keys.find(bytes.toString('hex', 0, KEY_ID_BYTES))?.key;
    if (!key) return null;
    const nonce = bytes.subarray(KEY_ID_BYTES, HEAD_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(list))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const padded = decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES));
    return isAuthentic(() => decipher.final()) ? unpad(padded) : null;
  }

  return { seal, open };
}

function pad(position: string): Buffer {
  const bytes = Buffer.from(position);
  const padded = Buffer.alloc(BLOCK_BYTES * Math.ceil((bytes.length + 1) / BLOCK_BYTES));
  bytes.copy(padded);
  padded.writeUInt8(END, bytes.length);
  return padded;
}

function unpad(padded: Buffer): string {
  return padded.toString('utf8', 0, padded.lastIndexOf(END));
}

/** Node says with an error that the tag is wrong. */
function isAuthentic(finish: () => unknown): boolean {
  try {
    finish();
    return true;
  } catch {
    return false;
  }
}
