// config-values.ts: the kinds of value that an environment variable can hold.
import { z } from 'zod';
import { isCallingOrigin, isWebOrigin, parseBlock } from './platform/network.ts';
import { parseSmtpUrl } from './platform/smtp-url.ts';

const secondsPer: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const bytesPer: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const MIN_SECRET_BYTES = 32;

/** `90s`, `5m`, `2h` or `14d`, and `0`; the result is in seconds, from `min` to `max`. */
export function duration(min: number, max = 3650 * 86_400) {
  return z.string().transform((text, ctx) => {
    const seconds = text === '0' ? 0 : quantity(text, secondsPer);
    if (seconds >= min && seconds <= max) return seconds;
    return refuse(ctx, `must be a duration like 90s, 5m, 2h or 14d, from ${min}s to ${max}s`);
  });
}

/** `19MiB`; the result is in bytes, from `min` to `max`. */
export function bytes(min: number, max: number) {
  return z.string().transform((text, ctx) => {
    const size = quantity(text, bytesPer);
    if (size >= min && size <= max) return size;
    return refuse(ctx, `must be a size like 19MiB, from ${min / 2 ** 10}KiB to ${max / 2 ** 20}MiB`);
  });
}

/** NaN, which fits no range, if it is not a number with one of the units. */
function quantity(text: string, units: Readonly<Record<string, number>>): number {
  const [, amount, unit = ''] = /^(\d{1,9})([A-Za-z]+)$/.exec(text) ?? [];
  return Number(amount) * (units[unit] ?? Number.NaN);
}

export function integer(min: number, max: number) {
  return z.string().transform((text, ctx) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : refuse(ctx, `must be a whole number from ${min} to ${max}`);
  });
}

/** Comma-separated, at least one. */
export function list() {
  return z.string().transform((text, ctx): [string, ...string[]] => {
    const [first, ...rest] = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return first ? [first, ...rest] : refuse(ctx, 'must be a comma-separated list');
  });
}

/** A ring of secrets. The message never repeats one. */
export function trueSecrets() {
  return list()
    .refine(
      (secrets) => secrets.every((secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES),
      `must hold at least ${MIN_SECRET_BYTES} bytes in each secret`,
    )
    .refine((secrets) => new Set(secrets).size === secrets.length, 'must not hold the same secret twice');
}

/** `https://id.example`: scheme, host and port, as the `iss` claim will say it. */
export function origin() {
  return z
    .string()
    .refine(
      isWebOrigin,
      'must be an address like https://id.example, in lower case, with no path and no slash at the end',
    );
}

/** Addresses and blocks of them: `10.0.0.0/8,::1`. */
export function addressBlocks() {
  return list().refine(
    (blocks) => blocks.every((block) => parseBlock(block) !== null),
    'must be addresses or blocks of them, like 10.0.0.0/8,::1',
  );
}

/** `https://app.example,capacitor://localhost`, each as it stands in an Origin header. */
export function origins() {
  return list().refine(
    (all) => all.every(isCallingOrigin),
    'must be origins like https://app.example or capacitor://localhost, in lower case, with no path and no slash at the end',
  );
}

/** `smtp://` (STARTTLS) or `smtps://` (TLS from the first byte). The message never repeats it: it holds a password. */
export function smtpUrl() {
  return z
    .string()
    .refine(
      (text) => parseSmtpUrl(text) !== null,
      'must be like smtp://user:password@host:587, with nothing after the port; SMTP_TLS says whether TLS is required',
    );
}

/** `no-reply@id.example` or `Example <no-reply@id.example>`. */
export function mailSender() {
  return z.string().transform((text, ctx) => {
    const [, name = '', bracketed] = /^([^<>"]*)<([^<>]+)>$/.exec(text) ?? [];
    const address = bracketed ?? text;
    if (/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(address)) return { name: name.trim(), address };
    return refuse(ctx, 'must be like no-reply@id.example or Example <no-reply@id.example>');
  });
}

/** A link with a place for the code. */
export function codeLink() {
  return z
    .string()
    .refine(
      (text) => /^https?:/.test(text) && URL.canParse(text) && text.split('{code}').length === 2,
      'must be an address that holds {code} once, like https://app.example/reset-password#code={code}',
    );
}

function refuse(ctx: z.RefinementCtx, message: string): never {
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
}
