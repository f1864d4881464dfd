// test/ship/kubernetes.test.ts: docs/kubernetes.yaml, compared with the image, the contract and the settings. It is not
// applied to anything.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { parseConfig } from '../../src/config.ts';
import { settingNames } from '../../src/environment.ts';
import { only, shipped } from './dockerfile.ts';
import { drainSeconds } from './drain.ts';

const Probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }), timeoutSeconds: z.number() });
const Container = z.object({
  image: z.string(),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })),
  env: z.array(z.strictObject({ name: z.string(), valueFrom: z.object({ secretKeyRef: z.unknown() }) })),
  securityContext: z.unknown(),
  startupProbe: Probe,
  livenessProbe: Probe,
  readinessProbe: Probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
  resources: z.object({ limits: z.record(z.string(), z.string()), requests: z.record(z.string(), z.string()) }),
});
const PodSpec = z.object({
  automountServiceAccountToken: z.literal(false),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.unknown(),
  topologySpreadConstraints: z.array(z.object({ topologyKey: z.string() })),
  containers: z.tuple([Container]),
});
const Labels = z.record(z.string(), z.string());
const Deployment = z.object({
  replicas: z.number(),
  selector: z.object({ matchLabels: Labels }),
  template: z.object({ metadata: z.object({ labels: Labels }), spec: PodSpec }),
});
const Service = z.object({ selector: Labels, ports: z.array(z.object({ targetPort: z.string() })) });
const Budget = z.object({ minAvailable: z.number(), selector: z.object({ matchLabels: Labels }) });
const Kind = z.object({ kind: z.string(), spec: z.unknown().optional(), data: Labels.optional() });

const documents = parseAllDocuments(readFileSync('docs/kubernetes.yaml', 'utf8'));
const parts = documents.map((document) => Kind.parse(document.toJS()));
const part = (kind: string) => parts.find((one) => one.kind === kind) ?? { spec: undefined, data: undefined };

const deployment = Deployment.parse(part('Deployment').spec);
const pod = deployment.template.spec;
const [container] = pod.containers;
const settings = part('ConfigMap').data ?? {};

test('kubernetes: all of it is YAML, and no secret is part of it', () => {
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  expect(parts.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Deployment', 'Service', 'PodDisruptionBudget']);
});

test('kubernetes: probes ask what the contract has', () => {
  const { paths } = z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse(parse(readFileSync('openapi.yaml', 'utf8')));
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const asked = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet);
  expect(asked.map(({ path }) => path)).toEqual(['/livez', '/livez', '/readyz']);
  expect(asked.filter(({ path }) => !(path in paths))).toEqual([]);
  for (const { port } of asked) expect(port).toBe(container.ports[0]?.name);
  expect(container.ports[0]?.containerPort).toBe(Number(only(shipped, 'EXPOSE')));
});

test('kubernetes: every variable is one that is read, and those that are secret come from the Secret', () => {
  const secret = container.env.map(({ name }) => name);
  expect(secret).toEqual(['SECRETS', 'DATABASE_URL', 'SMTP_URL', 'METRICS_TOKEN']);
  expect([...secret, ...Object.keys(settings)].filter((name) => !settingNames.includes(name))).toEqual([]);
  for (const { name, valueFrom } of container.env) {
    expect(valueFrom.secretKeyRef).toEqual({ name: 'latchkey', key: name });
  }
  expect(Object.keys(settings).filter((name) => secret.includes(name))).toEqual([]);
});

const config = parseConfig({
  ...settings,
  NODE_ENV: 'production',
  SECRETS: 'a secret that only the tests may know',
  DATABASE_URL: 'postgres://latchkey:password@postgres.example.com/latchkey',
  SMTP_URL: 'smtp://user:password@mail.example.com:587',
});

test('kubernetes: with its settings an instance would start, in production', () => {
  expect(config).toMatchObject({ production: true, issuer: 'https://id.example.com', host: '0.0.0.0' });
});

test('kubernetes: SIGTERM comes late enough, and SIGKILL after the drain', () => {
  const { seconds } = container.lifecycle.preStop.sleep;
  expect(seconds).toBeGreaterThanOrEqual(5);
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds + drainSeconds());
});

test('kubernetes: the user is that of the image, and may do nothing else', () => {
  const [runAsUser, runAsGroup] = only(shipped, 'USER').split(':').map(Number);
  const seccompProfile = { type: 'RuntimeDefault' };
  expect(pod.securityContext).toEqual({ runAsNonRoot: true, runAsUser, runAsGroup, seccompProfile });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

/** Measured with two hashes at once, docs/overload.md. */
const measuredPeakMiB = Number(/(\d+) MB at the peak/.exec(readFileSync('docs/overload.md', 'utf8'))?.[1]);

test('kubernetes: the memory is that of a storm and room for as many hashes again', () => {
  const { concurrency, memoryKiB } = config.passwords;
  const limit = Number(/^(\d+)Mi$/.exec(container.resources.limits.memory ?? '')?.[1]);
  expect(limit).toBeGreaterThan(measuredPeakMiB + (concurrency * memoryKiB) / 1024);
  expect(Object.keys(container.resources.limits)).toEqual(['memory']);
});

test('kubernetes: two instances, apart, of which one stays', () => {
  const { matchLabels } = deployment.selector;
  expect(deployment.replicas).toBe(2);
  expect(deployment.template.metadata.labels).toEqual(matchLabels);
  const budget = Budget.parse(part('PodDisruptionBudget').spec);
  expect(budget).toEqual({ minAvailable: 1, selector: { matchLabels } });
  expect(Service.parse(part('Service').spec)).toMatchObject({ selector: matchLabels, ports: [{ targetPort: 'http' }] });
  expect(pod.topologySpreadConstraints).toMatchObject([{ topologyKey: 'kubernetes.io/hostname' }]);
});

test('kubernetes: the image has the version of the service', () => {
  expect(container.image).toMatch(new RegExp(`:${packageJson.version.replaceAll('.', '\\.')}$`));
});
