// test/fuzz/world.ts: people, programs and what they hold, so that a message can speak of something that is really there.
import { theService } from '../../src/platform/origin.ts';
import { ALL, giveRoles, startProgram, startWithAdmin } from '../admin/administration.ts';
import { claimsOf, newKey, sign } from '../clients/credentials.ts';
import { bearer, type Tokens } from '../harness/api.ts';
import { backend } from '../harness/clients.ts';
import { codeIn, letterTo } from '../harness/letters.ts';
import type { Options } from '../harness/service.ts';

const METRICS_TOKEN = 'token-of-the-monitoring';

/** As many of each kind are remembered, whatever has become of them. */
const REMEMBERED = 20;

interface Person {
  readonly email: string;
  readonly tokens: Tokens;
}

type Maker = () => Promise<string> | string;

/** Who and what there is, and how more of it is made. */
async function populate(options: Options) {
  const service = await startWithAdmin({ ...options, env: { METRICS_TOKEN } });
  const { api, config, token } = service;
  const program = await startProgram(service, 'program', ALL.split(' '));
  const key = await newKey('ES256');
  await register('robot', { jwks: { keys: [key.jwk] } });
  let made = 0;

  function newName(): string {
    made += 1;
    return `new-${made}`;
  }

  async function register(id: string, members: object = {}): Promise<string> {
    await service.clients.register(service.database.em.fork(), { ...backend, audiences: [], id, ...members });
    return id;
  }

  async function signUp(): Promise<Person> {
    const { user, tokens } = await api.signUp();
    return { email: user.email, tokens };
  }

  async function newAdmin(): Promise<string> {
    const { user } = await api.signUp();
    await giveRoles(service, user.id, 'user', 'admin');
    return (await api.signIn(user.email, { scope: ALL })).access_token;
  }

  async function newCode(ask: (email: string) => Promise<unknown>, subject: RegExp): Promise<string> {
    const { email } = await signUp();
    await ask(email);
    await service.deliverMails();
    const code = codeIn(letterTo(service.letters, email, subject));
    service.letters.length = 0;
    return code;
  }

  async function newRole(): Promise<string> {
    const name = newName();
    await service.roles.create(service.database.em.fork(), { name, description: '', scopes: ['users:read'] });
    return name;
  }

  async function cursor(list: string): Promise<string> {
    const { body } = await api.send('GET', `/admin/${list}?limit=1`, { headers: bearer(token) });
    return body.next_cursor;
  }

  const person = createKept(signUp);
  const one =
    (pick: (who: Person) => string): Maker =>
    async () =>
      pick(await person.get());
  const makers: Readonly<Record<string, Maker>> = {
    email: one(({ email }) => email),
    'user token': one(({ tokens }) => tokens.access_token),
    'refresh token': one(({ tokens }) => tokens.refresh_token),
    'own session': one(({ tokens }) => tokens.session_id),
    'admin token': newAdmin,
    user: async () => (await api.signUp()).user.id,
    'new email': () => `${newName()}@example.com`,
    'new name': newName,
    client: () => register(newName()),
    role: newRole,
    'verification code': () => newCode(async () => {}, /./),
    'reset code': () => newCode((email) => api.post('/password-reset', { email }), /password/i),
    'cursor users': () => cursor('users'),
    'cursor clients': () => cursor('clients'),
    'cursor audit-events': () => cursor('audit-events'),
    audience: () => config.audiences[0],
    key: async () => (await service.keys.rotate(theService())).kid,
    'metrics token': () => METRICS_TOKEN,
    program: () => program.id,
    'program secret': () => program.secret,
    'program token': () => program.token,
    basic: () => Buffer.from(`${program.id}:${program.secret}`).toString('base64'),
    robot: () => 'robot',
    assertion: () => sign(key, claimsOf(service, 'robot')),
  };
  return { service, makers, person };
}

export async function openWorld(options: Options) {
  const { service, makers, person } = await populate(options);
  const stock = new Map(Object.entries(makers).map(([name, maker]) => [name, createStock(maker)]));

  /** What `{{name}}` stands for; `{{old name}}` is one that has been used up. */
  async function make(name: string): Promise<string> {
    const kind = stock.get(name.replace(/^old /, ''));
    if (!kind) throw new Error(`There is nothing called ${name}.`);
    return name.startsWith('old ') ? kind.old() : kind.get();
  }

  /** After a message that may have used these up. */
  function renew(names: readonly string[]): void {
    const ofPerson = ['email', 'user token', 'refresh token', 'own session'];
    const isPerson = names.some((name) => ofPerson.includes(name));
    if (isPerson) person.drop();
    for (const name of [...names, ...(isPerson ? ofPerson : [])]) stock.get(name)?.drop();
  }

  return { ...service, make, renew };
}

/** Made when it is first asked for, and again when it has been dropped. */
function createKept<Value>(maker: () => Promise<Value> | Value) {
  let kept: Value | undefined;

  async function get(): Promise<Value> {
    kept ??= await maker();
    return kept;
  }

  function drop(): Value | undefined {
    const dropped = kept;
    kept = undefined;
    return dropped;
  }

  return { get, drop };
}

/** Remembers what has been dropped. */
function createStock(maker: Maker) {
  const kept = createKept(maker);
  const dropped: string[] = [];

  function drop(): void {
    const value = kept.drop();
    if (value !== undefined) dropped.unshift(value);
    dropped.splice(REMEMBERED);
  }

  /** Each in its turn. */
  async function old(): Promise<string> {
    const oldest = dropped.pop();
    if (oldest === undefined) return kept.get();
    dropped.unshift(oldest);
    return oldest;
  }

  return { get: kept.get, drop, old };
}
