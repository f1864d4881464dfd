// test/browser/watch.ts: what no page may do, whatever the test is about.
import type { BrowserContext, ConsoleMessage, Request } from 'playwright-core';

export type Watch = ReturnType<typeof watch>;

/**
 * Errors in the console (a violation of the policy is one), exceptions that nobody catches, and requests to anybody but
 * the service. The browser also writes an error for each answer of 400 and above: an operation may refuse, a file may not.
 */
export function watch(context: BrowserContext, origin: string) {
  const complaints: string[] = [];
  const tolerated: RegExp[] = [];

  function complain(text: string): void {
    if (!tolerated.some((pattern) => pattern.test(text))) complaints.push(text);
  }

  context.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message, origin)) complain(`console: ${textOf(message)}`);
  });
  context.on('weberror', (error) => complain(`uncaught: ${error.error().stack}`));
  context.on('request', (request) => {
    if (!isOurs(request, origin)) complain(`request: ${request.url()}`);
  });

  return {
    complaints,
    /** For tests in which the network fails. */
    tolerate: (pattern: RegExp) => void tolerated.push(pattern),
  };
}

const textOf = (message: ConsoleMessage) => `${message.text()} (${message.location().url})`;

function isRefusal(message: ConsoleMessage, origin: string): boolean {
  const { url } = message.location();
  const isOperation = url.startsWith(`${origin}/`) && !/^\/(demo|docs)(\/|$)/.test(new URL(url).pathname);
  return isOperation && /^Failed to load resource: .* status of (4\d\d|503) /.test(message.text());
}

function isOurs(request: Request, origin: string): boolean {
  const url = new URL(request.url());
  return url.origin === origin || url.protocol === 'data:';
}
