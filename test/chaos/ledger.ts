// test/chaos/ledger.ts: what people were answered, and what they do not know because the answer never came.
import { randomUUID } from 'node:crypto';
import type { EndReason } from '../../src/errors.ts';
import type { Tokens } from '../harness/api.ts';

/** A session, as the one who signed in has it. */
export interface Device {
  readonly id: string;
  /** Every refresh token that was answered, newest last: one for each generation. */
  readonly refreshTokens: string[];
  /** How many of them are refused since the password was changed. */
  superseded: number;
  accessToken: string;
  /** Of these an old token is used again one day, as a thief would: nobody else may be disturbed by that. */
  readonly isBait: boolean;
  /** Why it is over; null while it lives. */
  ended: EndReason | null;
}

/** A request that was sent and not answered, by what it may have done. */
export type Doubt =
  | { readonly kind: 'sign-up' }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'refresh'; readonly device: Device; readonly key: string | null }
  | { readonly kind: 'end'; readonly devices: readonly Device[]; readonly reason: EndReason }
  | { readonly kind: 'password'; readonly wanted: string; readonly device: Device; readonly others: readonly Device[] };

export interface Person {
  readonly email: string;
  password: string;
  /** The one before, if there was one: it must never work again. */
  formerPassword: string | null;
  readonly devices: Device[];
  doubt: Doubt | null;
}

/** Somebody who has not signed up yet. */
export function newPerson(): Person {
  const email = `${randomUUID()}@example.com`;
  return { email, password: newPassword(), formerPassword: null, devices: [], doubt: null };
}

export function newPassword(): string {
  return `horse ${randomUUID()}`;
}

export function addDevice(person: Person, tokens: Tokens, isBait = false): Device {
  const { session_id: id, refresh_token, access_token: accessToken } = tokens;
  const device: Device = { id, refreshTokens: [refresh_token], superseded: 0, accessToken, isBait, ended: null };
  person.devices.push(device);
  return device;
}

export function turnOver(device: Device, { refresh_token, access_token }: Tokens): void {
  device.refreshTokens.push(refresh_token);
  device.accessToken = access_token;
}

/** By a change of the password. */
export function renew(device: Device, tokens: Tokens): void {
  device.superseded = device.refreshTokens.length;
  turnOver(device, tokens);
}

/** Of a device whose tokens never came nobody knows how it goes on. */
export function forget({ devices }: Person, device: Device): void {
  devices.splice(devices.indexOf(device), 1);
}

export function endDevices(devices: readonly Device[], reason: EndReason): void {
  for (const device of devices) device.ended = reason;
}

export function changeOver(person: Person, wanted: string): void {
  person.formerPassword = person.password;
  person.password = wanted;
}

export function newestToken({ refreshTokens }: Device): string {
  return refreshTokens.at(-1) ?? '';
}

export function liveDevices({ devices }: Person): Device[] {
  return devices.filter(({ ended }) => ended === null);
}
