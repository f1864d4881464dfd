// platform/origin.ts: where a request came from, as far as a session or an audit event remembers it.
import { newId } from './random.ts';

export interface Origin {
  /** The address of the client, through any trusted proxies. */
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** Aborted when the caller has hung up before the answer. */
  readonly gone?: AbortSignal;
}

/** For what the service does by itself. */
export function theService(): Origin {
  return { ip: 'the service', userAgent: null, requestId: newId() };
}

/** For what is done with the command beside the service. */
export function commandLine(): Origin {
  return { ip: 'command line', userAgent: null, requestId: newId() };
}
