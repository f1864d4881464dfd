// authorized-fetch.ts: `fetch` that brings the access token along, to where it may go and nowhere else.
import type { AccessToken } from './access.ts';
import { LatchkeyError } from './errors.ts';
import type { Platform } from './platform.ts';
import { is } from './stored-session.ts';

interface Parts {
  readonly sendRequest: (request: Request) => Promise<Response>;
  readonly allowedOrigins: readonly string[];
  readonly accessToken: AccessToken;
}

export function createAuthorizedFetch({ sendRequest, allowedOrigins, accessToken }: Parts): Platform['fetch'] {
  const origins = new Set(allowedOrigins.map((url) => new URL(url).origin));
  /** The token that came of a refusal. If it is refused as well, yet another one would be too. */
  let renewed: string | null = null;

  function send(request: Request, token: string): Promise<Response> {
    request.headers.set('Authorization', `Bearer ${token}`);
    return sendRequest(request);
  }

  async function sendAgain(spare: Request, refused: string, answer: Response): Promise<Response> {
    const token = await accessToken(refused);
    if (!token || token === refused) return answer;
    renewed = token;
    return send(spare, token);
  }

  /** A 401 is answered with one refresh and one more attempt, unless the body was a stream and is used up. */
  return async (input, init) => {
    // Not every browser takes the token off when a redirect leads to another origin.
    const request = new Request(input, { ...init, redirect: init?.redirect ?? 'error' });
    const { origin } = new URL(request.url);
    if (!origins.has(origin)) {
      throw new LatchkeyError(`${origin} is not allowed.`, { status: 0, code: 'origin_not_allowed' });
    }
    const token = await accessToken();
    if (!token) return sendRequest(request);
    const spare = is(init?.body, 'getReader') ? null : request.clone();
    const answer = await send(request, token);
    return answer.status === 401 && spare && token !== renewed ? sendAgain(spare, token, answer) : answer;
  };
}
