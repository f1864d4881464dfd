// test/http/behind-proxy.ts: a service behind one of the proxies that we document, and what has come through to it.
import { test } from 'vitest';
import { z } from 'zod';
import { createApi, PASSWORD } from '../harness/api.ts';
import { createContractCheck } from '../harness/contract-check.ts';
import { haproxy, nginx, type ProxyKind, startProxy } from '../harness/proxies.ts';
import { type Options, onPostgres, startService } from '../harness/service.ts';
import { needs } from '../harness/tools.ts';

const kinds = [nginx, haproxy];

/** With each that is here. A database is asked for nothing that it is not asked for without a proxy: one kind will do. */
export function throughEach(what: string, run: (kind: ProxyKind) => Promise<void>): void {
  for (const kind of kinds) {
    test.skipIf(onPostgres)(`${kind.name}: ${what}`, needs(kind.tool), () => run(kind));
  }
}

/** What pino writes for it. */
const WARN = 40;

const Line = z.object({
  level: z.unknown(),
  msg: z.string(),
  operationId: z.string().optional(),
  failure: z.string().optional(),
  network: z.string().optional(),
});

/** `direct` goes round the proxy. `reached` is what the log says of requests: each line is one that has come through. */
export async function startBehind(kind: ProxyKind, env: Options['env'] = {}) {
  const reached: z.output<typeof Line>[] = [];
  const warnings: string[] = [];
  function onLog(line: string): void {
    const { msg, ...rest } = Line.parse(JSON.parse(line));
    if (msg === 'request') reached.push({ msg, ...rest });
    if (rest.level === WARN) warnings.push(msg);
  }
  const service = await startService({ env: { TRUSTED_PROXIES: '127.0.0.1', ...env }, onLog });
  const proxy = await startProxy(kind, Number(new URL(service.api.baseUrl).port));
  const check = createContractCheck(service.endpoints, service.config.issuer);
  return { ...service, direct: service.api, api: createApi(proxy.url, check), proxy, reached, warnings };
}

/** Of everything that came back on one connection. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** Of the only answer. */
export const bodyOf = (received: string) => received.slice(received.indexOf('\r\n\r\n') + 4);

export const CLOSE = 'Connection: close';
export const FORM = 'Content-Type: application/x-www-form-urlencoded';
export const JSON_TYPE = 'Content-Type: application/json';

export const passwordGrant = (username: string, password = PASSWORD) =>
  new URLSearchParams({ grant_type: 'password', username, password }).toString();
