// test/chaos/acts.ts: what people do all day. Each act leaves in the ledger what was answered.
import { randomUUID } from 'node:crypto';
import { bearer } from '../harness/api.ts';
import { ask, expectAnswer, type Life } from './asking.ts';
import {
  addDevice,
  changeOver,
  type Device,
  endDevices,
  liveDevices,
  newestToken,
  newPassword,
  type Person,
  renew,
  turnOver,
} from './ledger.ts';

/** One sign-in in so many is of a device that is there to be robbed. */
const BAITS = 4;

export async function signUp(person: Person, life: Life): Promise<void> {
  const { email, password } = person;
  const answer = await ask(person, { kind: 'sign-up' }, life, () => life.api.post('/signup', { email, password }));
  expectAnswer(answer, { status: 201, body: { user: { email } } }, 'sign-up');
  addDevice(person, answer.body.tokens);
}

export async function signIn(person: Person, life: Life): Promise<void> {
  const parameters = { grant_type: 'password', username: person.email, password: person.password };
  const answer = await ask(person, { kind: 'sign-in' }, life, () => life.api.form('/token', parameters));
  expectAnswer(answer, { status: 200 }, 'sign-in');
  addDevice(person, answer.body, life.chance.oneIn(BAITS));
}

export async function refresh(person: Person, device: Device, life: Life): Promise<void> {
  const key = life.retry === 'key' ? randomUUID() : null;
  const send = () => life.api.tryRefresh(newestToken(device), { ...(key && { key }) });
  const answer = await ask(person, { kind: 'refresh', device, key }, life, send);
  expectAnswer(answer, { status: 200, body: { session_id: device.id } }, 'refresh');
  turnOver(device, answer.body);
}

export async function logOut(person: Person, device: Device, life: Life): Promise<void> {
  const sessions = life.chance.pick(['current', 'current', 'others', 'all'] as const);
  const live = liveDevices(person);
  const ofScope = { current: [device], others: live.filter((one) => one !== device), all: live };
  const doubt = { kind: 'end', devices: ofScope[sessions], reason: 'logged_out' } as const;
  const body = { sessions, refresh_token: newestToken(device) };
  const answer = await ask(person, doubt, life, () => life.api.post('/logout', body));
  expectAnswer(answer, { status: 204 }, `log out ${sessions}`);
  endDevices(doubt.devices, doubt.reason);
}

export async function revoke(person: Person, device: Device, life: Life): Promise<void> {
  const doubt = { kind: 'end', devices: [device], reason: 'logged_out' } as const;
  const answer = await ask(person, doubt, life, () => life.api.form('/revoke', { token: newestToken(device) }));
  expectAnswer(answer, { status: 200 }, 'revoke');
  endDevices(doubt.devices, doubt.reason);
}

/** From this device on, or from itself if there is only one. */
export async function endSession(person: Person, device: Device, life: Life): Promise<void> {
  const target = life.chance.pick(liveDevices(person));
  const doubt = { kind: 'end', devices: [target], reason: 'ended_by_user' } as const;
  const init = { headers: bearer(device.accessToken) };
  const answer = await ask(person, doubt, life, () => life.api.send('DELETE', `/me/sessions/${target.id}`, init));
  expectAnswer(answer, { status: 204 }, 'end of a session');
  endDevices(doubt.devices, doubt.reason);
}

export async function changePassword(person: Person, device: Device, life: Life): Promise<void> {
  const wanted = newPassword();
  const others = liveDevices(person).filter((one) => one !== device);
  const body = { current_password: person.password, new_password: wanted };
  const send = () => life.api.put('/me/password', body, device.accessToken);
  const answer = await ask(person, { kind: 'password', wanted, device, others }, life, send);
  expectAnswer(answer, { status: 200, body: { session_id: device.id } }, 'change of the password');
  changeOver(person, wanted);
  renew(device, answer.body);
  endDevices(others, 'password_changed');
}

export async function look(person: Person, device: Device, life: Life): Promise<void> {
  const answer = await ask(person, null, life, () => life.api.get('/me', device.accessToken));
  expectAnswer(answer, { status: 200, body: { email: person.email } }, 'profile');
}
