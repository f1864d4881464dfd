// test/browser/demo.ts: a service with the demo, and a browser that nobody has used before.
import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { PASSWORD } from '../harness/api.ts';
import { letterTo } from '../harness/letters.ts';
import { type Options, startService } from '../harness/service.ts';
import { createProfile, openContext, PATIENCE } from './chromium.ts';
import { createVisitor, type Visitor } from './visitor.ts';
import { watch } from './watch.ts';

export const ADA = 'ada@example.com';
export const NEW_PASSWORD = 'another horse battery';

interface DemoOptions extends Options {
  readonly browser?: BrowserContextOptions;
}

export type Demo = Awaited<ReturnType<typeof openDemo>>;

/** Fails the test when a page has done what none may do. */
export async function openDemo({ browser = {}, ...options }: DemoOptions = {}) {
  const service = await startDemo(options);
  const context = await openContext({ baseURL: service.origin, ...browser });
  const { tolerate, newVisitor } = service.attend(context);
  return { ...service, context, tolerate, newVisitor, visitor: await newVisitor() };
}

/** The same with a browser that can be quit and started again. */
export async function openDemoToQuit(options: Options = {}) {
  const service = await startDemo(options);
  const profile = createProfile({ baseURL: service.origin });
  async function startBrowser() {
    const context = await profile.start();
    const visitor = await service.attend(context).newVisitor();
    return { visitor, quit: () => context.close() };
  }
  return { ...service, startBrowser };
}

async function startDemo(options: Options) {
  const service = await startService(options);
  const origin = service.config.issuer;

  function attend(context: BrowserContext) {
    const { complaints, tolerate } = watch(context, origin);
    context.setDefaultTimeout(PATIENCE);
    onTestFinished(async () => {
      await context.close();
      expect(complaints).toEqual([]);
    });
    const newVisitor = async (): Promise<Visitor> => createVisitor(await context.newPage());
    return { tolerate, newVisitor };
  }

  /** The link in the letter to that address. */
  async function linkTo(address: string, subject: RegExp): Promise<string> {
    await service.deliverMails();
    const { text = '' } = letterTo(service.letters, address, subject) ?? {};
    const [link] = /https?:\/\/\S+/.exec(text) ?? [];
    if (link === undefined) throw new Error(`There is no link in: ${text}`);
    return link;
  }

  /** An account that was made elsewhere, and what signs it in. */
  const newAccount = (members: object = {}) =>
    service.api.signUp({ email: ADA, password: PASSWORD, preferred_username: 'ada', ...members });

  /** Why sessions have ended, in order. */
  async function endings(): Promise<unknown[]> {
    const em = service.database.em.fork();
    const events = await em.find(AuditEvent, { type: 'session.ended' }, { orderBy: { id: 'asc' } });
    return events.map(({ details }) => details.endReason);
  }

  return { ...service, origin, attend, linkTo, newAccount, endings };
}
