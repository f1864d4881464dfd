// test/chaos/checks.ts: what people were answered, asked for again after the restart.
import { expect } from 'vitest';
import { check, type Life } from './asking.ts';
import { tryPassword } from './doubts.ts';
import { addDevice, type Device, newestToken, type Person, turnOver } from './ledger.ts';

/** As many tokens as a bait needs: the newest, the one before, and one that no retry would ever bring. */
const ENOUGH_TO_ROB = 3;

/** Signs in once more: with the session that comes of it the list of sessions can be looked at. */
export async function checkPerson(person: Person, life: Life): Promise<void> {
  await checkPasswords(person, life);
  await checkList(person, life);
  for (const device of person.devices) await checkDevice(device, life);
}

async function checkPasswords(person: Person, life: Life): Promise<void> {
  const { formerPassword, password } = person;
  if (formerPassword !== null) {
    const former = await tryPassword(person, formerPassword, life);
    check(life, former, { status: 400, body: { error: 'invalid_grant' } }, 'former password');
  }
  const answer = await tryPassword(person, password, life);
  check(life, answer, { status: 200 }, 'password');
  addDevice(person, answer.body);
}

/** Other sessions may be there too, whose tokens never arrived. */
async function checkList(person: Person, life: Life): Promise<void> {
  const answer = await life.api.get('/me/sessions', person.devices.at(-1)?.accessToken);
  check(life, answer, { status: 200 }, 'list of sessions');
  const listed = new Set(answer.body.sessions.map(({ id }: { id: string }) => id));
  for (const { id, ended } of person.devices) expect(listed.has(id), `session, ended: ${ended}`).toBe(ended === null);
}

async function checkDevice(device: Device, life: Life): Promise<void> {
  if (device.ended !== null) return checkEnded(device, life);
  check(life, await life.api.get('/me', device.accessToken), { status: 200 }, 'access token of before');
  await checkSuperseded(device, life);
  if (device.isBait && device.refreshTokens.length - device.superseded >= ENOUGH_TO_ROB) return rob(device, life);
  const answer = await life.api.tryRefresh(newestToken(device));
  check(life, answer, { status: 200, body: { session_id: device.id } }, 'session that nobody has ended');
  turnOver(device, answer.body);
}

/** From before a change of the password: refused, and of no consequence. */
async function checkSuperseded({ refreshTokens, superseded }: Device, life: Life): Promise<void> {
  const token = refreshTokens[superseded - 1];
  if (token === undefined) return;
  const refused = { status: 400, body: { error: 'invalid_grant', reason: 'password_changed' } };
  check(life, await life.api.tryRefresh(token), refused, 'token from before the change of the password');
}

async function checkEnded(device: Device, life: Life): Promise<void> {
  const refused = { status: 400, body: { error: 'invalid_grant', reason: device.ended } };
  check(life, await life.api.tryRefresh(newestToken(device)), refused, 'session that has ended');
  check(life, await life.api.get('/me', device.accessToken), { status: 401 }, 'access token of one that has ended');
}

/** An old token used again: the rotations of before are remembered, and the session ends. */
async function rob(device: Device, life: Life): Promise<void> {
  const stolen = device.refreshTokens.at(life.retry === 'key' && life.chance.oneIn(2) ? -2 : -ENOUGH_TO_ROB) ?? '';
  const refused = { status: 400, body: { error: 'invalid_grant', reason: 'token_reused' } };
  check(life, await life.api.tryRefresh(stolen), refused, 'old token used again');
  device.ended = 'token_reused';
  await checkEnded(device, life);
}

/** Of people who have left their seats: a few at a time. */
export async function checkAll(people: readonly Person[], life: Life, atOnce: number): Promise<void> {
  for (let at = 0; at < people.length; at += atOnce) {
    await Promise.all(people.slice(at, at + atOnce).map((person) => checkPerson(person, life)));
  }
}
