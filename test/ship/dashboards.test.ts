// test/ship/dashboards.test.ts: the dashboard and the alerts ask for figures that the service really has.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingNames } from '../../src/environment.ts';
import { startService } from '../harness/service.ts';

const Source = z.object({ type: z.literal('prometheus'), uid: z.literal('$'.concat('{datasource}')) });
const Place = z.object({ h: z.number(), w: z.number(), x: z.number(), y: z.number() });
const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string().min(1),
  gridPos: Place,
  datasource: Source.optional(),
  targets: z.array(z.object({ expr: z.string(), datasource: Source })).default([]),
});
const Dashboard = z.object({
  uid: z.literal('latchkey'),
  schemaVersion: z.number(),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), type: z.string(), definition: z.string().optional() })),
  }),
  panels: z.array(Panel),
});
const Rule = z.strictObject({
  alert: z.string().regex(/^Latchkey[A-Z]/),
  expr: z.string(),
  for: z.string().regex(/^\d+[mh]$/),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string().min(10), runbook: z.string().min(40) }),
});
const Alerts = z.object({ groups: z.tuple([z.object({ name: z.string(), rules: z.array(Rule) })]) });

const dashboard = Dashboard.parse(JSON.parse(readFileSync('docs/grafana-dashboard.json', 'utf8')));
const [{ rules }] = Alerts.parse(parse(readFileSync('docs/alerts.yaml', 'utf8'))).groups;

const asked = [
  ...dashboard.templating.list.flatMap(({ definition }) => definition ?? []),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...rules.map(({ expr }) => expr),
];

/** What a histogram is asked for by is not what it is declared by. */
function metricsIn(expression: string): string[] {
  const names = expression.match(/\b(?:latchkey|process|nodejs)_\w+/g) ?? [];
  return names.map((name) => name.replace(/_(bucket|count|sum)$/, ''));
}

test('dashboards: every figure that is asked for is there', async () => {
  const token = 'the-token-of-our-own-Prometheus';
  const { api } = await startService({ env: { METRICS_TOKEN: token } });
  const { status, text } = await api.get('/metrics', token);
  expect(status).toBe(200);
  const declared = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  const wanted = new Set(asked.flatMap(metricsIn));
  expect([...wanted].filter((name) => !declared.includes(name)).toSorted()).toEqual([]);
});

test('dashboards: every operation that is asked for is in the contract', () => {
  const contract = readFileSync('openapi.yaml', 'utf8');
  const conditions = asked.flatMap((expression) => [...expression.matchAll(/operation[!=]=?~?"([^"]+)"/g)]);
  const names = conditions.flatMap(([, value = '']) => value.split('|'));
  expect(names).toContain('getReadiness');
  expect(names.filter((name) => !contract.includes(`operationId: ${name}\n`))).toEqual([]);
});

test('dashboards: what is opened in an expression is closed', () => {
  const pairs = [/\(/g, /\)/g, /\{/g, /\}/g, /\[/g, /\]/g];
  for (const expression of asked) {
    const [round, roundEnd, curly, curlyEnd, square, squareEnd] = pairs.map(
      (kind) => expression.match(kind)?.length ?? 0,
    );
    expect([round, curly, square], expression).toEqual([roundEnd, curlyEnd, squareEnd]);
    expect((expression.match(/"/g)?.length ?? 0) % 2, expression).toBe(0);
  }
});

test('dashboard: it can be imported, and asks the source that is chosen there', () => {
  const [source, instance] = dashboard.templating.list;
  expect([source?.type, instance?.name]).toEqual(['datasource', 'instance']);
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const graphs = dashboard.panels.filter(({ type }) => type !== 'row');
  expect(graphs.filter(({ targets, datasource }) => targets.length === 0 || !datasource)).toEqual([]);
});

test('dashboard: there is a row for each subject, and no panel lies on another', () => {
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  expect(rows).toEqual([
    'Traffic',
    'Sign-ins and refreshes',
    'Lane of password hashes',
    'Keys',
    'Mail and background work',
    'Database',
    'Process',
  ]);
  const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

test('alerts: each has a name of its own, and what they cover is complete', () => {
  const names = rules.map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
  const covered = ['Down', 'NotReady', 'Errors', 'Unavailable', 'LaneFull', 'RefreshReuse', 'NoActiveKey'];
  const more = ['RotationOverdue', 'MailsStuck', 'SweeperNotRun', 'DatabasePoolWaiting', 'BackgroundFailing'];
  expect([...covered, ...more].filter((name) => !names.includes(`Latchkey${name}`))).toEqual([]);
});

test('alerts: settings that they speak of exist', () => {
  const words = rules.flatMap(
    ({ annotations }) => annotations.runbook.match(/\b[A-Z]+(?:_[A-Z]+)+\b|\bSECRETS\b/g) ?? [],
  );
  expect(words).toContain('KEY_MAX_AGE');
  expect(words.filter((word) => !settingNames.includes(word))).toEqual([]);
});
