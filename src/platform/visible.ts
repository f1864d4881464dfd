// platform/visible.ts: text from outside, made safe for a terminal. A name can hold an escape sequence that clears the screen, a
// line feed that forges a line, or a mark that reverses the order in which a line is read (CVE-2021-42574).

/** Control characters (C0, DEL, C1), line and paragraph separators, and marks of direction. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const HIDDEN_BUT_LINE_FEED = /[^\P{Cc}\n]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** One value, which has no lines of its own: each such character as `\uXXXX`. */
export function visible(value: string): string {
  return value.replaceAll(HIDDEN, numbered);
}

/** A text whose line feeds are ours. JSON that was escaped so means the same. */
export function visibleLines(text: string): string {
  return text.replaceAll(HIDDEN_BUT_LINE_FEED, numbered);
}

/** A character below U+10000, or half of another one. */
export function numbered(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
