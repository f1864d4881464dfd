// field.ts: a labelled input, with what is wrong with it beside it.
import { element } from './element.ts';

export interface FieldSettings {
  /** The name of the member that it becomes. */
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password';
  /** HTML section 4.10.18.7.1: what browsers and password managers fill in. */
  readonly autocomplete: string;
  readonly isOptional?: boolean;
  readonly hint?: string;
  readonly value?: string;
}

export type Field = ReturnType<typeof createField>;

let made = 0;

export function createField({ name, label, autocomplete, isOptional = false, hint = '', ...rest }: FieldSettings) {
  made += 1;
  const id = `field-${made}`;
  const { type = 'text', value = '' } = rest;
  const input = element('input', { id, name, type, autocomplete, value, required: !isOptional, ...plainTyping(type) });
  const help = element('span', { id: `${id}-hint`, class: 'hint' }, hint);
  const fault = element('span', { id: `${id}-fault`, class: 'fault' });

  function describe(): void {
    const texts = [help, fault].filter((text) => text.textContent !== '');
    if (texts[0]) input.setAttribute('aria-describedby', texts.map((text) => text.id).join(' '));
    else input.removeAttribute('aria-describedby');
  }

  function mark(message: string): void {
    fault.textContent = message;
    if (message) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    describe();
  }

  describe();
  const optional = isOptional ? [element('span', { class: 'optional', 'aria-hidden': 'true' }, 'optional')] : [];
  const caption = element('div', { class: 'caption' }, element('label', { for: id }, label), ...optional);
  return { name, isOptional, input, mark, element: element('div', { class: 'field' }, caption, input, help, fault) };
}

/** Names and addresses are no prose. */
function plainTyping(type: string): Record<string, string> {
  return type === 'email' || type === 'password' ? { autocapitalize: 'none', spellcheck: 'false' } : {};
}

export interface Checkbox {
  readonly input: HTMLInputElement;
  readonly element: HTMLElement;
}

export function createCheckbox(label: string, hint: string): Checkbox {
  made += 1;
  const id = `field-${made}`;
  const input = element('input', { id, type: 'checkbox', 'aria-describedby': `${id}-hint` });
  const text = element('label', { for: id }, label);
  const help = element('span', { id: `${id}-hint`, class: 'hint' }, hint);
  return { input, element: element('div', { class: 'checkbox' }, input, text, help) };
}

export function createRememberMe(): Checkbox {
  return createCheckbox('Remember me', 'Stay signed in for weeks, and over the end of the browser.');
}
