// verifier/lifetime.ts: how long an answer may be used (RFC 9111 section 4.2).

const DEFAULT_SECONDS = 300;
/** Even an issuer that forbids caching is not asked for every token. */
const MIN_SECONDS = 1;
/** A withdrawn key is not kept for longer, whatever a proxy has made of the header. */
const MAX_SECONDS = 3600;

/** What is left of `max-age` after the time that the answer has spent in caches. */
export function lifetimeMs(headers: Headers): number {
  const cacheControl = headers.get('cache-control') ?? '';
  const isForbidden = /(?:^|[\s,])(?:no-store|no-cache)(?:$|[\s,=])/i.test(cacheControl);
  const maxAge = /(?:^|[\s,])max-age="?(\d+)/i.exec(cacheControl)?.[1];
  const seconds = isForbidden ? 0 : Number(maxAge ?? DEFAULT_SECONDS) - ageSeconds(headers);
  return Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS) * 1000;
}

function ageSeconds(headers: Headers): number {
  const age = headers.get('age') ?? '';
  return /^\d+$/.test(age) ? Number(age) : 0;
}
