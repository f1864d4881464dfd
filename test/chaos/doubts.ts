// test/chaos/doubts.ts: what was not answered is found out after the restart: it was done as a whole, or not at all.
import { expect } from 'vitest';
import type { Answer } from '../harness/api.ts';
import { check, type Life } from './asking.ts';
import {
  changeOver,
  type Device,
  type Doubt,
  endDevices,
  forget,
  newestToken,
  type Person,
  turnOver,
} from './ledger.ts';

/** Afterwards the ledger knows everything again. */
export async function settle(person: Person, life: Life): Promise<void> {
  const { doubt } = person;
  if (!doubt) return;
  life.tally.inDoubt += 1;
  person.doubt = null;
  await settleThe(doubt, person, life);
}

async function settleThe(doubt: Doubt, person: Person, life: Life): Promise<void> {
  switch (doubt.kind) {
    case 'sign-up':
      return settleSignUp(person, life);
    case 'sign-in':
      return; // a session may be there of which nobody has the token
    case 'refresh':
      return settleRefresh(doubt, life);
    case 'end':
      return settleEnd(doubt, life);
    case 'password':
      return settlePassword(doubt, person, life);
  }
}

/** Asked again, it says that the address is taken, or does what was not done. That the password works is seen later. */
async function settleSignUp(person: Person, life: Life): Promise<void> {
  const { email, password } = person;
  const again = await life.api.post('/signup', { email, password });
  if (again.status === 201) return;
  check(life, again, { status: 409, body: { code: 'email_taken' } }, 'sign-up in doubt');
}

/** An honest client is answered again. */
async function settleRefresh({ device, key }: Extract<Doubt, { kind: 'refresh' }>, life: Life): Promise<void> {
  const answer = await life.api.tryRefresh(newestToken(device), { ...(key && { key }) });
  check(life, answer, { status: 200, body: { session_id: device.id } }, `retry of a refresh by ${life.retry}`);
  turnOver(device, answer.body);
}

/** All of them, or none. */
async function settleEnd({ devices, reason }: Extract<Doubt, { kind: 'end' }>, life: Life): Promise<void> {
  const alive: boolean[] = [];
  for (const device of devices) alive.push(await isAlive(device, reason, life));
  expect(new Set(alive).size, `sessions that end together: ${alive}`).toBeLessThanOrEqual(1);
  if (alive[0] === false) endDevices(devices, reason);
}

async function isAlive(device: Device, reason: string, life: Life): Promise<boolean> {
  const answer = await life.api.tryRefresh(newestToken(device));
  const isOver = answer.status !== 200;
  const over = { status: 400, body: { error: 'invalid_grant', reason } };
  check(life, answer, isOver ? over : { status: 200 }, 'session whose end is in doubt');
  if (!isOver) turnOver(device, answer.body);
  return !isOver;
}

/**
 * One of the two, and with the new one the other sessions are over: which is looked at when the devices are. The session itself
 * lives on, with tokens that never came: its owner signs in again.
 */
async function settlePassword(doubt: Extract<Doubt, { kind: 'password' }>, person: Person, life: Life): Promise<void> {
  const { wanted, device, others } = doubt;
  const [before, after] = [await tryPassword(person, person.password, life), await tryPassword(person, wanted, life)];
  const isChanged = after.status === 200;
  check(life, isChanged ? before : after, { status: 400, body: { error: 'invalid_grant' } }, 'password in doubt: one');
  check(life, isChanged ? after : before, { status: 200 }, 'password in doubt: the other');
  if (!isChanged) return;
  changeOver(person, wanted);
  endDevices(others, 'password_changed');
  const refused = { status: 400, body: { error: 'invalid_grant', reason: 'password_changed' } };
  check(life, await life.api.tryRefresh(newestToken(device)), refused, 'token from before the change of the password');
  check(life, await life.api.get('/me', device.accessToken), { status: 200 }, 'access token from before it');
  forget(person, device);
}

export function tryPassword({ email }: Person, password: string, { api }: Life): Promise<Answer> {
  return api.form('/token', { grant_type: 'password', username: email, password });
}
