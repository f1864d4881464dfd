// platform/secrets.ts: the ring of deployment secrets, and the keys derived from it, one per purpose.
import { createSecretKey, hash, hkdfSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../errors.ts';
import { errorCode } from './database-errors.ts';

const SECRET_BYTES = 32;

/** A 256-bit key for one purpose. `id` (8 hex digits) names the secret it came from, not the key. */
export interface DerivedKey {
  readonly id: string;
  /** An object, because OpenSSL takes four times as long to use bytes; and it shows nothing of itself in a log. */
  readonly key: KeyObject;
}

export interface DerivedKeys {
  /** The key of the newest secret: it makes everything new. */
  readonly newest: DerivedKey;
  /** The key of any secret still in the ring. */
  find(id: string): DerivedKey | undefined;
}

export interface SecretRing {
  /** Keys for one purpose (HKDF-SHA-256, RFC 5869). Two purposes never share a key. */
  keysFor(purpose: string): DerivedKeys;
}

/** `secrets` come newest first. Throws when there is none, or when one is there twice. */
export function createSecretRing(secrets: readonly string[]): SecretRing {
  const ring = secrets.map((secret) => ({ secret, id: derive(secret, 'secret id', 4).toString('hex') }));
  if (new Set(ring.map(({ id }) => id)).size < ring.length) throw new Error('A secret is in the ring twice.');

  function keysFor(purpose: string): DerivedKeys {
    const keys = ring.map(({ secret, id }) => ({ id, key: createSecretKey(derive(secret, purpose, 32)) }));
    const [newest] = keys;
    if (!newest) throw new Error('The ring of secrets is empty.');
    return { newest, find: (id) => keys.find((key) => key.id === id) };
  }

  return { keysFor };
}

function derive(secret: string, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `latchkey: ${purpose}`, bytes));
}

/** A new secret of 256 bits, in letters that a link can hold. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** SHA-256 in hex: how a secret that somebody presents is stored and compared. */
export function digest(value: string): string {
  return hash('sha256', value, 'hex');
}

/**
 * Reads the secret of a development machine, made on first use and readable by its owner alone. It gets its name only
 * when it is whole, so that of several instances which start at once all read the same one.
 */
export function loadOrCreateSecret(path: string): string {
  if (!existsSync(path)) createSecret(path);
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < SECRET_BYTES) throw new OperatorError(`${path} holds no secret. Remove it, or set SECRETS.`);
  return secret;
}

function createSecret(path: string): void {
  const draft = `${path}.${randomUUID()}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(draft, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error; // another instance was faster
  } finally {
    unlinkSync(draft);
  }
}
