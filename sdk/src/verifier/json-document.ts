// verifier/json-document.ts: fetches a document of the issuer, within a time and a size.

/** A hundred keys and more. */
const MAX_BYTES = 131_072;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

interface Parts {
  readonly fetch: Fetch;
  readonly deadlineMs: number;
}

export interface JsonDocument {
  readonly value: unknown;
  readonly headers: Headers;
}

/** Any answer but a 200 with JSON throws. A redirect is one: where the keys are is for the issuer to say, in its metadata. */
export async function fetchJson(url: string, { fetch, deadlineMs }: Parts): Promise<JsonDocument> {
  const response = await fetch(url, {
    headers: { Accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(deadlineMs), // of the body too
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}.`);
  }
  return { value: JSON.parse(await readText(response)), headers: response.headers };
}

async function readText({ body, url }: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [text, bytes] = ['', 0];
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`${url} sends more than ${MAX_BYTES} bytes.`); // leaving the loop cancels
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
