// test/ship/topology.test.ts: what compose.yaml describes, without Docker: PostgreSQL, two processes with the environment
// of the two instances, and nginx with the settings that it gets there.
import { randomUUID } from 'node:crypto';
import { on, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { type Answer, type Api, createApi } from '../harness/api.ts';
import { createDatabase, dropDatabase } from '../harness/postgres-databases.ts';
import { freePort } from '../harness/postgres-server.ts';
import { type RunningProcess, startProcess } from '../harness/process.ts';
import { nginx, type ProxyKind, startProxy } from '../harness/proxies.ts';
import { onPostgres } from '../harness/service.ts';
import { needs } from '../harness/tools.ts';
import { addressOf, dotEnv, environmentOf } from './compose.ts';

const instances = ['latchkey-1', 'latchkey-2'] as const;
type Instance = (typeof instances)[number];
const patience = { timeout: 180_000, ...needs(nginx.tool) };

/** Empty: whichever of the instances comes first migrates it. */
async function emptyDatabase(): Promise<string> {
  const serverUrl = inject('postgresUrl') ?? '';
  const name = `latchkey_test_topology_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(serverUrl, name, 'template0');
  onTestFinished(() => dropDatabase(serverUrl, name));
  return `${serverUrl}/${name}`;
}

/** The nginx of compose.yaml, with the addresses that the instances have here. */
function nginxFor(ports: Readonly<Record<Instance, number>>): ProxyKind {
  return {
    ...nginx,
    documented: 'docs/proxies/nginx-compose.conf',
    edits: ({ folder, port }) => [
      ['listen 8443 ssl', `listen 127.0.0.1:${port} ssl`],
      ...instances.map((name) => [`${addressOf(name)}:3000`, `127.0.0.1:${ports[name]}`] as const),
      ['/etc/ssl/latchkey', folder],
      ['fullchain.pem', 'both.pem'],
      ['privkey.pem', 'both.pem'],
    ],
  };
}

async function startTopology() {
  const DATABASE_URL = await emptyDatabase();
  const ports = { 'latchkey-1': await freePort(), 'latchkey-2': await freePort() };
  const here = { DATABASE_URL, HOST: '127.0.0.1', TRUSTED_PROXIES: '127.0.0.1' };
  const start = (name: Instance) =>
    startProcess({ ...environmentOf(name, dotEnv), ...here, PORT: String(ports[name]) });
  const [first, second] = await Promise.all([start('latchkey-1'), start('latchkey-2')]);
  const proxy = await startProxy(nginxFor(ports), 0);
  const apiOf = (url: string) => createApi(url, () => {});
  const direct = instances.map((name) => apiOf(`http://127.0.0.1:${ports[name]}`));
  return { first, second, start, api: apiOf(proxy.url), direct };
}

/** Resolves when the instance has been given a request. */
async function untilAsked({ child }: RunningProcess): Promise<void> {
  const { stdout } = child;
  if (stdout === null) throw new Error('Its log is not here.');
  for await (const [chunk] of on(stdout, 'data')) if (String(chunk).includes('"msg":"request"')) return;
}

/** What it exits with. */
async function stop({ child }: RunningProcess): Promise<unknown> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  return (await exited)[0];
}

/** What became of the requests of all together. */
interface Seen {
  readonly failed: string[];
  /** How often somebody was told to come back, and did. */
  cameBack: number;
}

/** As clients should: 503 with Retry-After is no failure yet. */
async function patiently(seen: Seen, request: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await request();
    if (answer.status === 200) return answer;
    if (answer.status !== 503 || !answer.headers.has('Retry-After')) {
      seen.failed.push(`${answer.status} ${answer.text}`);
      return answer;
    }
    seen.cameBack += 1;
    await setTimeout(100);
  }
}

/** Refreshes, and asks who is signed in, until it is told to stop, or the first failure. */
async function goOn(api: Api, refreshToken: string, seen: Seen, until: AbortSignal): Promise<void> {
  let token = refreshToken;
  while (!until.aborted && seen.failed.length === 0) {
    const key = randomUUID();
    const { body } = await patiently(seen, () => api.tryRefresh(token, { key }));
    token = body.refresh_token;
    await patiently(seen, () => api.get('/me', body.access_token));
  }
}

const withNginx = test.runIf(onPostgres);

withNginx('topology: a session of one instance goes on at the other', patience, async () => {
  const { api, direct } = await startTopology();
  const { user } = await api.signUp();
  const tokens = await api.signIn(user.email, { remember_me: 'true' });
  let next = tokens;
  for (const instance of [...direct, ...direct]) {
    next = await instance.refresh(next.refresh_token);
    expect(await instance.me(next.access_token)).toMatchObject({ id: user.id });
  }
  expect(await api.refresh(next.refresh_token)).toMatchObject({ session_id: tokens.session_id });
});

withNginx('topology: one instance after the other is replaced, and no request is lost', patience, async () => {
  const { api, first, second, start } = await startTopology();
  const { user } = await api.signUp();
  const people = await Promise.all(Array.from({ length: 4 }, () => api.signIn(user.email)));
  const seen: Seen = { failed: [], cameBack: 0 };
  const enough = new AbortController();
  const going = people.map(({ refresh_token }) => goOn(api, refresh_token, seen, enough.signal));
  await Promise.all([untilAsked(first), untilAsked(second)]);

  expect(await stop(first)).toBe(0);
  await api.signIn(user.email);
  expect(seen).toEqual({ failed: [], cameBack: 0 });

  // What nginx tries on an instance that starts is told to come back.
  await untilAsked(await start('latchkey-1'));
  expect(await stop(second)).toBe(0);
  await api.signIn(user.email);
  enough.abort();
  await Promise.all(going);
  expect(seen.failed).toEqual([]);
});
