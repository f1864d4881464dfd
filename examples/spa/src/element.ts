// element.ts: makes elements. What people have typed becomes text, never markup.

type Content = Node | string;

interface Attributes {
  readonly [name: string]: string | boolean;
}

/** `true` sets an attribute without a value, `false` leaves it out. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...content);
  return made;
}

export function link(href: string, text: string, attributes: Attributes = {}): HTMLAnchorElement {
  return element('a', { href, ...attributes }, text);
}

export function paragraph(...content: readonly Content[]): HTMLParagraphElement {
  return element('p', {}, ...content);
}

export function button(text: string, onClick: () => unknown, attributes: Attributes = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** What is in `index.html` is there. */
export function find(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}
