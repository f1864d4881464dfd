// pages/sessions.ts: where somebody is signed in, and how to end that.
import type { components } from '../../../../sdk/src/client.ts';
import { describeDevice } from '../device.ts';
import { button, element, paragraph } from '../element.ts';
import { say } from '../messages.ts';
import type { Page, Visit } from '../page.ts';
import { asFailure, ask, client } from '../service.ts';
import { time } from '../times.ts';
import { failureWords } from '../words.ts';

type Session = components['schemas']['Session'];
/** Does it, says so, and shows what is left. */
type Act = (act: () => Promise<unknown>, message: string) => Promise<void>;

export const sessions: Page = {
  title: 'Sessions',
  access: 'members',
  async build(visit) {
    const { list, next } = await load();
    const notice = element('div', { class: 'notice' });
    const act = createAct(visit, notice);
    // The device that somebody holds comes first.
    const sorted = [...list.filter(({ current }) => current), ...list.filter(({ current }) => !current)];
    const items = element('ul', { class: 'sessions' }, ...sorted.map((session) => itemOf(session, act)));
    return [
      paragraph('Every sign-in has its line here. End those that you do not know, and choose a new password.'),
      notice,
      items,
      ...(next ? [showMore({ items, notice, act, next })] : []),
      ...(list.length > 1 ? [endOthers(act)] : []),
    ];
  },
};

interface Loaded {
  readonly list: readonly Session[];
  /** Of the page after this one. */
  readonly next: string | null;
}

async function load(cursor?: string): Promise<Loaded> {
  const { sessions: list = [], next_cursor: next = null } =
    (await ask(client.GET('/me/sessions', { params: { query: { ...(cursor && { cursor }) } } }))) ?? {};
  return { list, next };
}

interface More {
  readonly items: HTMLElement;
  readonly notice: HTMLElement;
  readonly act: Act;
  readonly next: string;
}

/** The focus goes to the first of those that are new, and the button away with the last page. */
function showMore({ items, notice, act, next }: More): HTMLElement {
  const more = button('Show more sessions', show, { class: 'secondary' });
  let cursor: string | null = next;
  let isBusy = false;

  async function show(): Promise<void> {
    if (isBusy || cursor === null) return;
    isBusy = true;
    notice.replaceChildren();
    await load(cursor).then(add, (error: unknown) => tell(notice, error));
    isBusy = false;
  }

  function add({ list, next: after }: Loaded): void {
    const added = list.map((session) => itemOf(session, act));
    items.append(...added);
    cursor = after;
    more.hidden = cursor === null;
    say(`${added.length} more ${added.length === 1 ? 'session' : 'sessions'}.`);
    added[0]?.setAttribute('tabindex', '-1');
    added[0]?.focus();
  }

  return element('div', { class: 'acts' }, more);
}

function tell(notice: HTMLElement, error: unknown): void {
  notice.replaceChildren(element('p', { class: 'alert', role: 'alert' }, failureWords(asFailure(error))));
}

function createAct(visit: Visit, notice: HTMLElement): Act {
  return async (act, message) => {
    notice.replaceChildren();
    try {
      await act();
      await visit.reload(message);
    } catch (error) {
      tell(notice, error);
    }
  };
}

function itemOf(session: Session, act: Act): HTMLElement {
  const device = describeDevice(session.user_agent);
  const mark = session.current
    ? [element('span', { class: 'badge good' }, 'This device')]
    : [endOne(session, device, act)];
  const head = element('div', { class: 'session-head' }, element('strong', {}, device), ...mark);
  return element('li', { class: 'card' }, head, facts(session));
}

function facts({ created_at, last_used_at, ip, remembered }: Session): HTMLElement {
  const rows: [string, Node | string][] = [
    ['Began', time(created_at)],
    ['Last used', time(last_used_at)],
    ['Address', ip],
    ['Remembered', remembered ? 'yes' : 'no'],
  ];
  const cells = rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  return element('dl', { class: 'facts' }, ...cells);
}

function endOne({ id }: Session, device: string, act: Act): HTMLElement {
  const params = { path: { session_id: id } };
  const end = () => ask(client.DELETE('/me/sessions/{session_id}', { params })).catch(ignoreGone);
  const onClick = () => act(end, 'The session has ended.');
  return button('End', onClick, { class: 'secondary', 'aria-label': `End the session on ${device}` });
}

/** Somebody was faster: it has ended all the same. */
function ignoreGone(error: unknown): void {
  if (asFailure(error).status !== 404) throw error;
}

function endOthers(act: Act): HTMLElement {
  const end = () => ask(client.POST('/logout', { body: { sessions: 'others' } }));
  const onClick = () => act(end, 'All other sessions have ended.');
  return element('div', { class: 'acts' }, button('End all other sessions', onClick, { class: 'danger' }));
}
