// platform/entity-tag.ts: names a version of a document by its content.
import { createHash } from 'node:crypto';

/** A strong entity tag (RFC 9110 section 8.8.3). */
export function entityTag(content: string | Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url')}"`;
}
