// verifier/refusal-response.ts: a refusal for runtimes that speak in Responses.
import type { Refusal } from './admission.ts';

export function refuse({ status, headers, body }: Refusal): Response {
  return new Response(body, { status, headers });
}
