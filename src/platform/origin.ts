// platform/origin.ts: where a request came from, as far as a session or an audit event remembers it.
import { newId } from './random.ts';

export interface Origin {
  /** The address of the peer, as the socket knows it. */
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
}

/** For what is done with the command beside the service. */
export function commandLine(): Origin {
  return { ip: 'command line', userAgent: null, requestId: newId() };
}
