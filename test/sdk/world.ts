// test/sdk/world.ts: the service, the network in front of it, and a browser behind that.
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { createBrowser, type Fetch } from './browser.ts';
import { createTime } from './time.ts';

/** What becomes of a request: `null` is "it goes through". */
export type Fault = (request: Request, forward: () => Promise<Response>) => Promise<Response> | null;

interface Options {
  readonly env?: Record<string, string>;
  readonly mutex?: 'locks' | 'lease';
  readonly random?: () => number;
}

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly key: string | null;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld({ env = {}, ...options }: Options = {}) {
  const time = createTime();
  const service = await startService({ env, clock: time.clock });
  const { api } = service;
  const sent: Sent[] = [];
  /** For the next requests, in their order. */
  const faults: Fault[] = [];
  let otherwise: Fault = () => null;

  const fetchAndLog: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const { method, url, headers } = request;
    sent.push({ method, url, authorization: headers.get('Authorization'), key: headers.get('Idempotency-Key') });
    const body = request.body ? await time.real(() => request.text()) : null;
    const forward = () => time.real(() => deliver(url, { method, headers, body }));
    return (faults.shift() ?? otherwise)(request, forward) ?? forward();
  };
  const browser = createBrowser({ issuer: api.baseUrl, time, fetch: fetchAndLog, ...options });

  /** A tab in which somebody has just signed up and in. */
  async function signedIn(rememberMe = true) {
    await api.signUp({ email: 'ada@example.com' });
    const tab = browser.openTab();
    await time.spend(tab.session.signIn({ username: 'ada@example.com', password: PASSWORD, rememberMe }));
    await time.calm();
    tab.news.length = 0;
    sent.length = 0;
    return tab;
  }

  /** How often the token endpoint was asked for a refresh. */
  const refreshes = () => sent.filter(({ url, key }) => url.endsWith('/token') && key).length;

  /** For all the others. */
  function setFault(fault: Fault): void {
    otherwise = fault;
  }

  return { ...service, setFault, time, browser, sent, faults, signedIn, refreshes, issuer: api.baseUrl };
}

async function deliver(url: string, init: { method: string; headers: Headers; body: string | null }) {
  const response = await fetch(url, init);
  const text = await response.text();
  return new Response([204, 205, 304].includes(response.status) ? null : text, response);
}

const lost = () => Promise.reject(new TypeError('fetch failed'));

/** The request never arrives. */
export const lostRequest: Fault = lost;

/** It arrives and is obeyed, but the answer does not come back. */
export const lostAnswer: Fault = async (_, forward) => {
  await forward();
  return lost();
};

export const answering =
  (status: number, headers: Record<string, string> = {}): Fault =>
  async () =>
    Response.json({ error: 'temporarily_unavailable', error_description: 'Later.' }, { status, headers });
