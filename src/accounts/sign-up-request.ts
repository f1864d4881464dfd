// accounts/sign-up-request.ts: what a sign-up may say.
import { z } from 'zod';
import { story } from '../examples.ts';
import { ClientId, RememberMe, Resource, Scope } from '../tokens/grants/parameters.ts';
import type { Owner, Passwords } from '../users/passwords.ts';
import { Email, Locale, newPassword, PersonalText, profileOf, Username, Zoneinfo } from './members.ts';

const { ada } = story;
const example = { email: ada.email, password: ada.password, preferred_username: ada.username, ...ada.profile };

export function signUpRequest(passwords: Passwords) {
  return z
    .strictObject({
      email: Email,
      password: newPassword(passwords),
      preferred_username: Username.optional(),
      given_name: PersonalText.optional(),
      family_name: PersonalText.optional(),
      name: PersonalText.optional(),
      locale: Locale.optional(),
      zoneinfo: Zoneinfo.optional(),
      remember_me: RememberMe,
      client_id: ClientId,
      scope: Scope,
      resource: Resource,
    })
    .refine(
      ({ email, password, preferred_username: username }) =>
        isNobodys(password, { email: textOf(email?.address), username: textOf(username) }),
      {
        when: () => true, // with whatever else is wrong: all of it is said at once
        path: ['password'],
        params: { code: 'password_blocklisted' },
        error: 'The password is the name or the address of the account.',
      },
    )
    .meta({ id: 'SignUpRequest', examples: [example] })
    .transform(({ email, password, preferred_username, remember_me, scope, resource, ...wire }) => ({
      email,
      password,
      username: preferred_username ?? null,
      profile: profileOf(wire),
      remembered: remember_me,
      scope,
      resource,
    }));

  /** What is wrong may be anything yet. */
  function textOf(value: unknown): string | undefined {
    return typeof value === 'string' ? value : undefined;
  }

  function isNobodys(password: unknown, owner: Owner): boolean {
    return typeof password !== 'string' || passwords.findFaultFor(owner, password) === null;
  }
}
