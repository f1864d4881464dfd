// client.ts: every operation of the contract as a typed call.
import createFetchClient from 'openapi-fetch';
import type { paths } from './api.ts';

export type { components, operations, paths } from './api.ts';

export interface ClientOptions {
  /** Where Latchkey is: its issuer. */
  readonly baseUrl: string;
  /** That of a session sends its access token along. */
  readonly fetch?: (input: Request) => Promise<Response>;
}

export type Client = ReturnType<typeof createClient>;

export function createClient(options: ClientOptions) {
  return createFetchClient<paths>(options);
}
