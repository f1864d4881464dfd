// users/routes.ts: people reading about themselves.
import { AuthError } from '../errors.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Guard } from '../http/guard.ts';
import { json, ok } from '../http/reply.ts';
import type { Principal } from './principal.ts';
import { presentUser, presentUserInfo, UserInfo, UserWire } from './user-wire.ts';
import type { Users } from './users.ts';

interface Parts {
  readonly users: Users;
  readonly signedIn: Guard<Principal>;
}

export function userEndpoints({ users, signedIn }: Parts): Endpoint[] {
  /** The guard has seen the user a moment ago; one who is gone since then has no valid token either. */
  async function get({ userId }: Principal) {
    const user = await users.find(userId);
    if (!user) throw new AuthError('invalid_token');
    return user;
  }

  const userInfo = {
    path: '/userinfo',
    tag: 'Account',
    guard: signedIn,
    limit: 'none',
    failures: 'problem',
    replies: { 200: json('The claims.', UserInfo) },
  } as const;

  return [
    endpoint({
      method: 'get',
      path: '/me',
      operationId: 'getMe',
      tag: 'Account',
      summary: 'The signed-in user',
      description: 'A good first call of an app that wants to know whether somebody is signed in: 200 or 401.',
      guard: signedIn,
      limit: 'none',
      failures: 'problem',
      replies: { 200: json('The user.', UserWire) },
      handle: async (_, { caller }) => ok(presentUser(await get(caller))),
    }),
    endpoint({
      ...userInfo,
      method: 'get',
      operationId: 'getUserInfo',
      summary: 'OpenID Connect claims about the signed-in user',
      handle: async (_, { caller }) => ok(presentUserInfo(await get(caller))),
    }),
    endpoint({
      ...userInfo,
      method: 'post',
      operationId: 'postUserInfo',
      summary: 'OpenID Connect claims about the signed-in user, by POST',
      description:
        'As OpenID Connect Core 1.0 section 5.3.1 has it. A body is ignored: the access token travels in the Authorization header only.',
      handle: async (_, { caller }) => ok(presentUserInfo(await get(caller))),
    }),
  ];
}
