// accounts/requests.ts: what may be said about an account that is there.
import { z } from 'zod';
import { story } from '../examples.ts';
import type { Passwords } from '../users/passwords.ts';
import type { ProfileChanges } from '../users/user-changes.ts';
import { Email, Locale, Metadata, newPassword, PersonalText, Picture, Username, Zoneinfo } from './members.ts';

const { ada, mailedCode } = story;

/** A member that is not there stays as it is; null takes the value away. */
export const UpdateMeRequest = z
  .strictObject({
    preferred_username: Username.nullable().optional(),
    given_name: PersonalText.nullable().optional(),
    family_name: PersonalText.nullable().optional(),
    name: PersonalText.nullable().optional(),
    locale: Locale.nullable().optional(),
    zoneinfo: Zoneinfo.nullable().optional(),
    picture: Picture.nullable().optional(),
    metadata: Metadata.optional(),
  })
  .meta({
    id: 'UpdateMeRequest',
    description: 'What is not named stays; null takes a value away.',
    examples: [{ picture: ada.picture, metadata: ada.metadata }],
  })
  .transform(({ preferred_username, given_name, family_name, ...rest }) =>
    named({ ...rest, username: preferred_username, givenName: given_name, familyName: family_name }),
  );

function named(changes: ProfileChanges): ProfileChanges {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

const CurrentPassword = z.string().describe('The password as it is now.');

export const DeleteMeRequest = z
  .strictObject({ password: CurrentPassword })
  .meta({ id: 'DeleteMeRequest', examples: [{ password: ada.password }] });

export const ChangeEmailRequest = z
  .strictObject({ email: Email, password: CurrentPassword })
  .meta({ id: 'ChangeEmailRequest', examples: [{ email: ada.newEmail, password: ada.password }] });

export function changePasswordRequest(passwords: Passwords) {
  return z
    .strictObject({ current_password: CurrentPassword, new_password: newPassword(passwords) })
    .meta({
      id: 'ChangePasswordRequest',
      examples: [{ current_password: ada.password, new_password: ada.newPassword }],
    })
    .transform(({ current_password, new_password }) => ({ current: current_password, wanted: new_password }));
}

export const AddressRequest = z
  .strictObject({ email: Email })
  .meta({ id: 'AddressRequest', examples: [{ email: ada.email }] });

const Code = z.string().min(1).max(256).describe('From the link in the mail.');

export const VerifyEmailRequest = z
  .strictObject({
    code: Code,
    password: z.string().optional().describe('The password of the account. Not needed with an access token of it.'),
  })
  .meta({
    id: 'VerifyEmailRequest',
    examples: [{ code: mailedCode }, { code: mailedCode, password: ada.password }],
  });

export function resetPasswordRequest(passwords: Passwords) {
  return z
    .strictObject({ code: Code, password: newPassword(passwords) })
    .meta({ id: 'ResetPasswordRequest', examples: [{ code: mailedCode, password: ada.newPassword }] });
}
