// form.ts: a form that checks what can be checked here, sends the rest, and says what was wrong with it.
import { element } from './element.ts';
import { createField, type Field, type FieldSettings } from './field.ts';
import { clearMessage } from './messages.ts';
import { asFailure } from './service.ts';
import { type Failure, type Fault, failureWords, faultsIn, MISSING, summaryWords } from './words.ts';

/** What was typed, by the names of the fields. */
export type Values = (name: string) => string;

interface FormSettings {
  readonly fields: readonly FieldSettings[];
  readonly button: string;
  /** By default `primary`. */
  readonly look?: 'primary' | 'secondary' | 'danger';
  /** Between the fields and the button. */
  readonly between?: readonly Node[];
  /** After the button. */
  readonly after?: readonly Node[];
  readonly check?: (values: Values) => readonly Fault[];
  /** Where a wrong password was typed. */
  readonly passwordField?: string;
  /** Of the account whose password is typed: password managers look for it. */
  readonly account?: string;
  submit(values: Values): Promise<unknown>;
}

export type Form = ReturnType<typeof createForm>;

export function createForm(settings: FormSettings) {
  const { check = () => [], submit, passwordField } = settings;
  const fields = settings.fields.map(createField);
  const send = element('button', { type: 'submit', class: settings.look ?? 'primary' }, settings.button);
  const acts = element('div', { class: 'acts' }, send);
  const form = element('form', { novalidate: true, method: 'post' });
  const notice = element('div', { class: 'notice' });
  let isBusy = false;

  const values: Values = (name) => fields.find((field) => field.name === name)?.input.value ?? '';

  function tellFaults(faults: readonly Fault[]): void {
    const marked = fields.flatMap((field) => markOne(field, faults));
    tell(marked.length > 0 ? summaryWords(marked.length) : (faults[0]?.message ?? ''));
    marked[0]?.input.focus();
  }

  function tell(message: string): void {
    notice.replaceChildren(element('p', { class: 'alert', role: 'alert' }, message));
  }

  function fail(failure: Failure): void {
    const faults = faultsIn(failure);
    const message = failureWords(failure);
    if (faults.length > 0) tellFaults(faults);
    else if (failure.code === 'password_wrong' && passwordField) tellFaults([{ name: passwordField, message }]);
    else tell(message);
  }

  function setBusy(value: boolean): void {
    isBusy = value;
    form.setAttribute('aria-busy', String(value));
  }

  /** One act at a time; what was typed stays when it fails. */
  async function run(act: () => Promise<unknown>): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    clearMessage();
    notice.replaceChildren();
    for (const field of fields) field.mark('');
    await act().catch((error: unknown) => fail(asFailure(error)));
    setBusy(false);
  }

  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    await run(async () => {
      const faults = [...missing(fields), ...check(values)];
      if (faults.length > 0) tellFaults(faults);
      else await submit(values);
    });
  }

  form.addEventListener('submit', onSubmit);
  const { between = [], after = [] } = settings;
  form.append(notice, ...accountOf(settings), ...fields.map((field) => field.element), ...between, acts, ...after);
  return { element: form, values, run, send, acts, clear: () => form.reset() };
}

function accountOf({ account }: FormSettings): Node[] {
  if (account === undefined) return [];
  const name = { type: 'text', autocomplete: 'username', value: account };
  return [element('input', { ...name, readonly: true, hidden: true })];
}

function markOne(field: Field, faults: readonly Fault[]): Field[] {
  const fault = faults.find(({ name }) => name === field.name);
  if (!fault) return [];
  field.mark(fault.message);
  return [field];
}

function missing(fields: readonly Field[]): Fault[] {
  const empty = fields.filter(({ isOptional, input }) => !isOptional && input.value === '');
  return empty.map(({ name }) => ({ name, message: MISSING }));
}
