// keys/signing-keys.ts: loads, publishes and rotates the keys that sign access tokens. Every instance looks at the
// database every few seconds, and whoever finds something due does it, under a lock.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { createLocalJWKSet, type JSONWebKeySet, type JWK } from 'jose';
import type { AuditEventType } from '../audit/audit-event.ts';
import { type AuditLog, type Initiator, initiatedBy } from '../audit/audit-log.ts';
import { type Clock, secondsBetween } from '../platform/clock.ts';
import { entityTag } from '../platform/entity-tag.ts';
import type { Origin } from '../platform/origin.ts';
import { query, type Table } from '../platform/query.ts';
import type { DerivedKeys } from '../platform/secrets.ts';
import { transact } from '../platform/transaction.ts';
import { isOfAnother, type KeyDates, type KeyTimes, nextStep, signsFrom } from './key-plan.ts';
import { createPrivateJwkSeal } from './private-jwk-seal.ts';
import { keyState, newSigningKey, type SigningAlgorithm, SigningKey, type SigningKeyRow } from './signing-key.ts';
import { assertPair, assertSound } from './sound-key.ts';

interface Tables {
  SigningKey: Table<typeof SigningKey>;
}

interface Parts {
  readonly em: SqlEntityManager;
  readonly now: Clock;
  readonly audit: AuditLog;
  readonly sealingKeys: DerivedKeys;
  readonly algorithm: SigningAlgorithm;
  readonly times: KeyTimes;
  /** Whoever does what nobody has asked for. */
  readonly self: () => Origin;
}

export interface Signer {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** What is published, ready to be sent and to be verified with. */
export interface PublishedKeys {
  readonly jwks: JSONWebKeySet;
  /** A strong entity tag (RFC 9110 section 8.8.3). */
  readonly etag: string;
  readonly algorithms: readonly SigningAlgorithm[];
  readonly resolve: ReturnType<typeof createLocalJWKSet>;
}

interface Loaded {
  readonly rows: readonly SigningKeyRow[];
  readonly seen: string;
  readonly signer: Signer;
  readonly published: PublishedKeys;
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;

export function createSigningKeys({ em, now, audit, sealingKeys, algorithm, times, self }: Parts) {
  const seal = createPrivateJwkSeal(sealingKeys);
  let loaded: Loaded | null = null;

  /**
   * Makes the first key if there is none, begins to change over to another algorithm, and loads what is there. Runs
   * under the start-up lock.
   */
  async function prepare(): Promise<void> {
    await keepUp();
    if (!isOfAnother(await list(), algorithm)) return;
    await locked(changeOver);
    await keepUp();
  }

  /** To the algorithm that is configured now. A key of another one that has not signed yet never will. */
  async function changeOver(tx: SqlEntityManager, rows: readonly SigningKeyRow[]): Promise<void> {
    if (!isOfAnother(rows, algorithm)) return;
    await tx.nativeDelete(SigningKey, { activatedAt: null, revokedAt: null });
    await create(tx, self());
  }

  /** Does what is due, and takes over what others have done. */
  async function keepUp(): Promise<void> {
    let rows = await list();
    while (nextStep(rows, now(), times)) {
      await locked(takeStep);
      rows = await list();
    }
    const seen = JSON.stringify(rows);
    if (loaded?.seen !== seen) await load(rows, seen);
  }

  async function takeStep(tx: SqlEntityManager, rows: readonly SigningKeyRow[]): Promise<void> {
    const step = nextStep(rows, now(), times); // somebody may have been faster
    if (step?.kind === 'create') await (rows.length > 0 ? create(tx, self()) : insert(tx)); // the very first is no change
    if (step?.kind === 'activate') await activate(tx, step.kid, rows);
    if (step?.kind === 'forget') await tx.nativeDelete(SigningKey, { kid: step.kid });
  }

  /** Until the transaction is over, no other instance changes a key. */
  async function locked<Result>(work: (tx: SqlEntityManager, rows: SigningKeyRow[]) => Promise<Result>) {
    return transact(em, async (tx) => {
      await tx.execute('update signing_keys set created_at = created_at');
      return work(tx, await listIn(tx));
    });
  }

  async function create(tx: SqlEntityManager, origin: Origin, initiator?: Initiator): Promise<SigningKeyRow> {
    const row = await insert(tx);
    await record(tx, 'key.published', row.kid, origin, initiator);
    return row;
  }

  async function insert(tx: SqlEntityManager): Promise<SigningKeyRow> {
    const row = await newSigningKey({ algorithm, at: now(), seal: seal.seal });
    await tx.insert(SigningKey, row);
    return row;
  }

  async function activate(tx: SqlEntityManager, kid: string, rows: readonly SigningKeyRow[]): Promise<void> {
    const at = now();
    await tx.nativeUpdate(
      SigningKey,
      { activatedAt: { $ne: null }, retiredAt: null, revokedAt: null },
      { retiredAt: at },
    );
    await tx.nativeUpdate(SigningKey, { kid }, { activatedAt: at });
    if (rows.length > 1) await record(tx, 'key.activated', kid, self());
  }

  /** The key that will sign next: a new one, or the one that is on its way already. */
  async function rotate(origin: Origin, initiator?: Initiator): Promise<SigningKeyRow> {
    const pending = await locked(async (tx, rows) => {
      return rows.find((row) => keyState(row) === 'pending') ?? (await create(tx, origin, initiator));
    });
    await keepUp();
    return pending;
  }

  /** Nothing that it has signed is good from now on. False when there is no such key. */
  async function revoke(kid: string, origin: Origin, initiator?: Initiator): Promise<boolean> {
    const isDone = await locked(async (tx) => {
      const changed = await tx.nativeUpdate(SigningKey, { kid, revokedAt: null }, { revokedAt: now() });
      if (changed === 1) await record(tx, 'key.revoked', kid, origin, initiator);
      return changed === 1;
    });
    await keepUp();
    return isDone;
  }

  /** Seals all private halves with the newest secret. How many there were. */
  async function reseal(): Promise<number> {
    return locked(async (tx, rows) => {
      for (const { kid, sealedPrivateJwk } of rows) {
        const sealed = await seal.seal(await seal.open(sealedPrivateJwk));
        await tx.nativeUpdate(SigningKey, { kid }, { sealedPrivateJwk: sealed });
      }
      return rows.length;
    });
  }

  async function record(
    tx: SqlEntityManager,
    type: AuditEventType,
    kid: string,
    origin: Origin,
    initiator?: Initiator,
  ): Promise<void> {
    await audit.record(tx, { type, origin, ...initiatedBy(initiator ?? null, { kid }) });
  }

  const list = () => listIn(em);

  /** Revoked keys are never loaded: nothing signs or verifies with them. */
  async function load(rows: readonly SigningKeyRow[], seen: string): Promise<void> {
    const good = rows.filter(({ revokedAt }) => revokedAt === null);
    await Promise.all(good.map(assertSound));
    loaded = { rows, seen, signer: await loadSigner(good), published: publish(good) };
  }

  async function loadSigner(rows: readonly SigningKeyRow[]): Promise<Signer> {
    const row = rows.find((candidate) => keyState(candidate) === 'active');
    if (!row) throw new Error('There is no active signing key.');
    const privateJwk = await seal.open(row.sealedPrivateJwk);
    await assertPair(row, privateJwk);
    const privateKey = createPrivateKey({ key: privateJwk, format: 'jwk' });
    return { kid: row.kid, algorithm: row.algorithm, privateKey };
  }

  /** The oldest of each state. */
  function ages() {
    const oldest = new Map((loaded?.rows ?? []).map((row) => [keyState(row), secondsBetween(row.createdAt, now())]));
    return [...oldest].map(([state, seconds]) => ({ state, seconds }));
  }

  function isReady(): boolean {
    return loaded !== null;
  }

  /** Throws before `prepare` has run: a service without keys must not answer. */
  function get() {
    if (!loaded) throw new Error('The signing keys are not loaded yet.');
    return loaded;
  }

  return {
    prepare,
    keepUp,
    list,
    rotate,
    revoke,
    reseal,
    signsFrom: (key: KeyDates) => signsFrom(key, times),
    ages,
    isReady,
    signer: () => get().signer,
    published: () => get().published,
  };
}

/** Newest first. */
async function listIn(tx: SqlEntityManager): Promise<SigningKeyRow[]> {
  return query<Tables>(tx).selectFrom('SigningKey').selectAll().orderBy('createdAt', 'desc').orderBy('kid').execute();
}

function publish(rows: readonly SigningKeyRow[]): PublishedKeys {
  const jwks = { keys: rows.map(toPublicJwk) };
  const algorithms = [...new Set(rows.map((row) => row.algorithm))];
  return { jwks, etag: entityTag(JSON.stringify(jwks)), algorithms, resolve: createLocalJWKSet(jwks) };
}

function toPublicJwk({ kid, algorithm, publicJwk }: SigningKeyRow): JWK {
  return { ...publicJwk, kid, alg: algorithm, use: 'sig' };
}
