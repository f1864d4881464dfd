// tokens/refresh-token-seal.ts: a refresh token says "session S, generation G", sealed by us. Nothing of it is stored:
// a leaked database forges none, and a forged one costs no query.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DerivedKey, DerivedKeys } from '../platform/secrets.ts';

/** What a refresh token proves. */
export interface SealedTurn {
  readonly sessionId: string;
  readonly generation: number;
}

export interface RefreshTokenSeal {
  seal(turn: SealedTurn): string;
  /** Null for whatever we did not seal with a secret that is still in the ring. */
  open(token: string): SealedTurn | null;
}

const PREFIX = 'lkr_';
const VERSION = 1;
/** version (1 byte), secret id (4), session id (16), generation (4): then the HMAC-SHA-256 of all that (32). */
const SIGNED_BYTES = 1 + 4 + 16 + 4;
/**
 * 57 bytes in base64url are 76 characters. 57 is a multiple of three, so that base64url leaves no spare bits and every
 * token has one spelling.
 */
const grammar = /^lkr_([A-Za-z0-9_-]{76})$/;

export function createRefreshTokenSeal(keys: DerivedKeys): RefreshTokenSeal {
  function seal({ sessionId, generation }: SealedTurn): string {
    const { newest } = keys;
    const signed = Buffer.alloc(SIGNED_BYTES);
    signed.writeUInt8(VERSION, 0);
    signed.write(newest.id, 1, 'hex');
    signed.write(sessionId.replaceAll('-', ''), 5, 'hex');
    signed.writeUInt32BE(generation, 21);
    return PREFIX + Buffer.concat([signed, hmac(newest, signed)]).toString('base64url');
  }

  function open(token: string): SealedTurn | null {
    const bytes = Buffer.from(grammar.exec(token)?.[1] ?? '', 'base64url');
    if (bytes[0] !== VERSION) return null;
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const key = keys.find(signed.toString('hex', 1, 5));
    if (!key || !timingSafeEqual(hmac(key, signed), bytes.subarray(SIGNED_BYTES))) return null;
    return { sessionId: toUuid(signed.toString('hex', 5, 21)), generation: signed.readUInt32BE(21) };
  }

  return { seal, open };
}

function hmac({ key }: DerivedKey, signed: Buffer): Buffer {
  return createHmac('sha256', key).update(signed).digest();
}

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
