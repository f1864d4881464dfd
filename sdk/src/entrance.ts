// entrance.ts: ways in and out, sign-up, sign-in and sign-out, and who is in.
import type { AccessToken } from './access.ts';
import type { Answer } from './answer.ts';
import type { components } from './api.ts';
import { refusalOf, withLatchkeyErrors } from './errors.ts';
import type { Farewells, Which } from './farewells.ts';
import type { Platform } from './platform.ts';
import type { Persist } from './retry.ts';
import { share } from './share.ts';
import { is, type Tokens } from './stored-session.ts';
import type { Transport } from './transport.ts';
import type { Vault } from './vault.ts';

export type User = components['schemas']['User'];

export interface SignIn {
  /** E-mail address or user name. */
  readonly username: string;
  readonly password: string;
  /** Weeks instead of hours, and over the end of the browser. */
  readonly rememberMe?: boolean;
  readonly scope?: string;
}

export interface SignUp extends Omit<components['schemas']['SignUpRequest'], 'remember_me' | 'client_id' | 'resource'> {
  readonly rememberMe?: boolean;
}

export type PasswordChange = components['schemas']['ChangePasswordRequest'];

type SignedUp = components['schemas']['SignUpAnswer'];

type Members = Partial<SignIn & SignUp & { grant_type: 'password' }>;

export interface SignOut {
  /** By default `current`. */
  readonly sessions?: Which;
}

interface Parts extends Pick<Platform, 'now'> {
  readonly clientId: string | undefined;
  readonly resource: string | undefined;
  readonly vault: Vault;
  readonly transport: Transport;
  /** With the access token. */
  readonly authorized: Transport;
  readonly persist: Persist;
  readonly accessToken: AccessToken;
  readonly farewells: Farewells;
}

export function createEntrance(parts: Parts) {
  const { clientId, resource, vault, transport, authorized, persist, accessToken, farewells, now } = parts;

  /** Not repeated: every attempt counts at the service, and the person is at hand. */
  async function enter(path: string, { rememberMe = false, ...members }: Members): Promise<Answer> {
    const askedAt = now();
    const answer = await transport(path, { ...members, remember_me: rememberMe, client_id: clientId, resource });
    const tokens = is<SignedUp>(answer.body, 'tokens') ? answer.body.tokens : answer.body;
    if (is<Tokens>(tokens, 'refresh_token')) await begin(tokens, askedAt, rememberMe);
    return answer;
  }

  /** Another session that was here is ended at the service too. */
  async function begin(tokens: Tokens, askedAt: number, isRemembered: boolean): Promise<void> {
    const next = { sessionId: tokens.session_id, tokens, askedAt, turn: 0 };
    await farewells.add(await vault.sessions(), 'current');
    await vault.replace(next, isRemembered);
    void farewells.deliver().catch(() => {});
  }

  /** Throws a LatchkeyError. */
  async function signIn(credentials: SignIn): Promise<void> {
    const answer = await enter('/token', { grant_type: 'password', ...credentials });
    if (!is(answer.body, 'refresh_token')) throw refusalOf(answer);
  }

  /**
   * The user, signed in at once unless the address has to be verified first. Null where the service does not tell
   * whether the address had an account. Throws a LatchkeyError, with `errors` for the fields of the form.
   */
  async function signUp(account: SignUp): Promise<User | null> {
    const answer = await enter('/signup', account);
    if (answer.status === 202) return null;
    if (!is<SignedUp>(answer.body, 'user')) throw refusalOf(answer);
    return answer.body.user;
  }

  /**
   * Ends this session here at once (unless only `others` are meant), and at the service: false where that has to wait
   * until it can be reached. It is then tried again at the next start.
   */
  async function signOut({ sessions = 'current' }: SignOut = {}): Promise<boolean> {
    await farewells.add(await vault.sessions(), sessions);
    if (sessions !== 'others') await vault.replace();
    return farewells.deliver();
  }

  /**
   * Ends all other sessions of the user. This one goes on, in all its tabs: `fetch` takes over the tokens of the answer.
   * Sent once. Throws a LatchkeyError, such as `password_wrong`.
   */
  async function changePassword(passwords: PasswordChange): Promise<void> {
    const answer = await authorized('/me/password', passwords, { method: 'PUT' });
    if (!is<Tokens>(answer.body, 'refresh_token')) throw refusalOf(answer);
  }

  /** Null when nobody is. Whoever asks at the same time shares the answer. Throws a LatchkeyError when it is unknown. */
  const currentUser = share(async (): Promise<User | null> => {
    if (!(await accessToken())) return null;
    const answer = await persist(() => authorized('/me'));
    if (is<User>(answer.body, 'email')) return answer.body;
    if (answer.status === 401 && !(await accessToken())) return null;
    throw refusalOf(answer);
  });

  return {
    signIn: withLatchkeyErrors(signIn),
    signUp: withLatchkeyErrors(signUp),
    signOut: withLatchkeyErrors(signOut),
    changePassword: withLatchkeyErrors(changePassword),
    currentUser: withLatchkeyErrors(currentUser),
  };
}
