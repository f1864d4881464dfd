// bench/suite/drives/sealed-tokens.ts: refreshes of many sessions by few users, in turns: for databases that are full.
import { createHttp, expectOk } from '../http-client.ts';
import { type Send, Tokens } from './drive.ts';

interface Parts {
  readonly url: string;
  readonly tokens: readonly string[];
  readonly users: number;
}

/** Each token belongs to one user, so that none is sent twice. */
export function createRefresher({ url, tokens, users }: Parts): Send[] {
  const http = createHttp(url, users);
  return Array.from({ length: users }, (_, by) => {
    const own = tokens.filter((_token, index) => index % users === by);
    return async () => {
      const refresh_token = own.shift();
      if (refresh_token === undefined) throw new Error('There are fewer tokens than users.');
      const form = { grant_type: 'refresh_token', refresh_token };
      own.push(Tokens.parse(JSON.parse(expectOk(await http({ path: '/token', form, by })))).refresh_token);
    };
  });
}
