// usual-fields.ts: fields that several forms have.
import type { User } from '../../../sdk/src/latchkey.ts';
import type { FieldSettings } from './field.ts';
import type { Values } from './form.ts';
import { DIFFERENT, type Fault } from './words.ts';

type Names = Partial<Pick<User, 'given_name' | 'family_name' | 'preferred_username'>>;

export function nameFields({ given_name, family_name, preferred_username }: Names = {}): FieldSettings[] {
  const fields = [
    { name: 'given_name', label: 'First name', autocomplete: 'given-name', value: given_name ?? '' },
    { name: 'family_name', label: 'Last name', autocomplete: 'family-name', value: family_name ?? '' },
    { name: 'preferred_username', label: 'User name', autocomplete: 'username', value: preferred_username ?? '' },
  ];
  return fields.map((field) => ({ ...field, isOptional: true }));
}

interface NewPassword {
  readonly name: string;
  readonly label: string;
}

export function passwordTwice({ name, label }: NewPassword): FieldSettings[] {
  const common = { type: 'password', autocomplete: 'new-password' } as const;
  return [
    { ...common, name, label, hint: 'A few words that only you would put together are best.' },
    { ...common, name: againOf(name), label: `${label} again` },
  ];
}

/** Found before anything is sent. */
export function differing(name: string) {
  return (values: Values): Fault[] => {
    const again = againOf(name);
    return values(again) !== '' && values(name) !== values(again) ? [{ name: again, message: DIFFERENT }] : [];
  };
}

function againOf(name: string): string {
  return `${name}_again`;
}

export function currentPassword(name: string): FieldSettings {
  return { name, label: 'Current password', type: 'password', autocomplete: 'current-password' };
}
