// tokens/scope.ts: scopes and audiences, and how one is cut to another (RFC 6749 section 3.3, RFC 8707).
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Client } from '../clients/client.ts';
import { AuthError } from '../errors.ts';
import type { Roles } from '../roles/roles.ts';

/** scope-token of RFC 6749 section 3.3, with single spaces between. */
const grammar = /^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/;

export function isNarrower(asked: string, granted: string): boolean {
  return grammar.test(asked) && asked.split(' ').every((token) => granted.split(' ').includes(token));
}

export type Scopes = ReturnType<typeof createScopes>;

interface Parts {
  readonly em: SqlEntityManager;
  readonly roles: Roles;
  readonly issuer: string;
}

export function createScopes({ em, roles, issuer }: Parts) {
  /**
   * What is asked for, or what the client has by default. Throws `invalid_scope` for anything that the client may not
   * have. What the user may have is another matter, and may change: see `cut`.
   */
  async function choose(asked: string | null, { scopes }: Client): Promise<string> {
    if (asked === null) return scopes === 'any' ? '' : scopes.join(' ');
    const known = scopes === 'any' ? await roles.allScopes(em) : scopes;
    if (!isNarrower(asked, known.join(' '))) throw new AuthError('invalid_scope');
    return asked;
  }

  /** Of a scope, what the roles of its user give now. */
  async function cut(tx: SqlEntityManager, scope: string, roleNames: readonly string[]): Promise<string> {
    if (scope === '') return scope;
    const given = await roles.scopesOf(tx, roleNames);
    return keep(scope, (token) => given.has(token));
  }

  /** Of a scope, what the client may have now. */
  function within(scope: string, client: Client): string {
    const may = client.scopes;
    return may === 'any' ? scope : keep(scope, (token) => may.includes(token));
  }

  /**
   * The `aud` of one access token: the resource that the request names, or the client's default. First-party clients may
   * always ask for the issuer, so that an app with an audience of its own can call `/me`. Throws `invalid_target`.
   */
  function chooseAudience(resource: string | null, { audiences, firstParty }: Client): string {
    if (resource === null) return audiences[0];
    const isAllowed = audiences.includes(resource) || (firstParty && resource === issuer);
    if (!isAllowed) throw new AuthError('invalid_target');
    return resource;
  }

  return { choose, cut, within, chooseAudience };
}

function keep(scope: string, isGood: (token: string) => boolean): string {
  return scope.split(' ').filter(isGood).join(' ');
}
