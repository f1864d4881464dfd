// test/ship/compose.test.ts: what compose.yaml says. There is no Docker here: the same topology runs without it in
// topology.test.ts.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { settingNames } from '../../src/environment.ts';
import { addressOf, compose, composeText, dotEnv, environmentOf, fillIn, variablesOf } from './compose.ts';
import { drainSeconds } from './drain.ts';

const instances = ['latchkey-1', 'latchkey-2'];
const services = Object.entries(compose.services);

test('compose: PostgreSQL, two instances, and nginx, which alone can be reached from outside', () => {
  expect(services.map(([name]) => name)).toEqual(['postgres', ...instances, 'nginx']);
  const reachable = services.filter(([, { ports }]) => ports.length > 0);
  expect(reachable.map(([name]) => name)).toEqual(['nginx']);
  expect(compose.networks.data).toEqual({ internal: true });
  expect(compose.services.postgres?.networks).toEqual(['data']);
});

test.each(services)('compose: %s has a read-only root, no capability, and says how it is', (_, service) => {
  expect(service.read_only).toBe(true);
  expect(service.cap_drop).toEqual(['ALL']);
  expect(service.security_opt).toEqual(['no-new-privileges:true']);
  expect(service.healthcheck.test[0]).toBe('CMD');
  expect(service.tmpfs).toContain('/tmp');
});

test('compose: nobody is root', () => {
  const users = services.map(([name, { user, build }]) => [name, build === '.' ? 'that of the image' : user]);
  for (const [, user] of users) expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$|^that of the image$/);
});

test('compose: the instances are the same but for their addresses', () => {
  const [one, two] = instances.map((name) => ({ ...compose.services[name], networks: null }));
  expect(one).toEqual(two);
  expect(addressOf('latchkey-1')).not.toBe(addressOf('latchkey-2'));
});

test('compose: each waits for what it needs', () => {
  const healthy = { condition: 'service_healthy' };
  for (const name of instances) expect(compose.services[name]?.depends_on).toEqual({ postgres: healthy });
  expect(compose.services.nginx?.depends_on).toEqual({ 'latchkey-1': healthy, 'latchkey-2': healthy });
});

test('compose: an instance has the time to finish what it has begun, and gets SIGTERM also while it starts', () => {
  for (const name of instances) {
    const { stop_grace_period = '', init } = compose.services[name] ?? {};
    expect(Number(/^(\d+)s$/.exec(stop_grace_period)?.[1])).toBeGreaterThan(drainSeconds() + 5);
    expect(init).toBe(true);
  }
});

test('compose: every variable of an instance is one that is read', () => {
  for (const name of instances) {
    const names = Object.keys(environmentOf(name, dotEnv));
    expect(names.filter((variable) => !settingNames.includes(variable))).toEqual([]);
  }
});

test('compose: with a full .env an instance would start, in production, behind nginx', () => {
  const config = parseConfig(environmentOf('latchkey-1', dotEnv));
  expect(config).toMatchObject({
    production: true,
    issuer: 'https://id.example',
    databaseUrl: 'postgres://latchkey:b7e1c0ffee@postgres:5432/latchkey',
    trustedProxies: [addressOf('nginx')],
    metricsToken: null,
  });
  expect(environmentOf('postgres', dotEnv).POSTGRES_PASSWORD).toBe('b7e1c0ffee');
});

test.each(Object.keys(dotEnv))('compose: without %s it refuses', (name) => {
  const withoutIt = { ...dotEnv, [name]: '' };
  expect(() => fillIn(composeText, dotEnv)).not.toThrow();
  expect(() => fillIn(composeText, withoutIt)).toThrow(name);
});

test('compose: what has a default is no secret', () => {
  const defaults = variablesOf(composeText).filter(({ without }) => without === ':-');
  expect(defaults.map(({ name, words }) => [name, words])).toEqual([
    ['SMTP_TLS', ''],
    ['METRICS_TOKEN', ''],
    ['POSTGRES_IMAGE', expect.stringMatching(/^postgres:\d+\.\d+$/)],
    ['NGINX_IMAGE', expect.stringMatching(/^nginxinc\/nginx-unprivileged:\d+\.\d+-alpine$/)],
  ]);
  expect(variablesOf(composeText).filter(({ without }) => without === '')).toEqual([]);
});

test('compose: .env.example names what has to be set, and sets no secret', () => {
  const example = readFileSync('.env.example', 'utf8');
  const lines = example.split('\n').filter((line) => /^\w+=/.test(line));
  const names = lines.map((line) => line.split('=')[0]);
  expect(Object.keys(dotEnv).filter((name) => !names.includes(name))).toEqual([]);
  expect(lines.filter((line) => /^(SECRETS|POSTGRES_PASSWORD)=./.test(line))).toEqual([]);
});

/** Everything of a file for nginx but comments, empty lines, and what the two are meant to differ in. */
function shared(path: string): string[] {
  const own = /^(#|server \d|listen |server_name |proxy_next_upstream)|^$/;
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim());
  return lines.filter((line) => !own.test(line));
}

test('compose: its nginx does what the documented one does, with the instances behind it', () => {
  const own = 'docs/proxies/nginx-compose.conf';
  expect(shared(own)).toEqual(shared('docs/proxies/nginx.conf'));
  const servers = [...readFileSync(own, 'utf8').matchAll(/^ {4}server (\S+) /gm)].map(([, address]) => address);
  expect(servers).toEqual(instances.map((name) => `${addressOf(name)}:3000`));
  expect(compose.services.nginx?.volumes[0]).toBe(`./${own}:/etc/nginx/conf.d/default.conf:ro`);
});
