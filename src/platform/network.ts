// platform/network.ts: where a request came from: the address of whoever sent it, through any proxies that are ours.
import { isIP } from 'node:net';
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';

type Address = IPv4 | IPv6;
type Block = [Address, number];

/** Strict: ipaddr.js alone would take `1` and `0x7f.1` too. A mapped IPv4 address is the IPv4 address. */
function parse(text: string): Address | null {
  const [bare = ''] = text.split('%', 1); // a zone (RFC 4007) names one of our interfaces
  return isIP(bare) === 0 ? null : ipaddr.process(bare);
}

/** An address or a block of them (`10.0.0.0/8`); null if it is neither. */
export function parseBlock(text: string): Block | null {
  const [first = '', length, ...rest] = text.split('/');
  const address = parse(first);
  if (!address || rest.length > 0) return null;
  const width = address.kind() === 'ipv4' ? 32 : 128;
  if (length === undefined) return [address, width];
  return /^\d{1,3}$/.test(length) && Number(length) <= width ? [address, Number(length)] : null;
}

function isIn(address: Address, [start, length]: Block): boolean {
  return address.kind() === start.kind() && address.match(start, length);
}

/** Peer and X-Forwarded-For in, address of the client out. */
export type AddressOf = (peer: string, forwardedFor: string) => string;

/**
 * From the address of the peer and the value of X-Forwarded-For to the address of the client: that of the peer, unless
 * it is a proxy of ours; then the last one that a proxy of ours heard from. What stands before that is hearsay.
 */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  const blocks = trusted.flatMap((text) => {
    const block = parseBlock(text);
    return block ? [block] : [];
  });
  const isTrusted = (address: Address) => blocks.some((block) => isIn(address, block));

  return (peer, forwardedFor) => {
    let client = parse(peer);
    if (!client) return peer;
    const heard = forwardedFor.split(',').map((part) => parse(part.trim()));
    while (isTrusted(client)) {
      const before = heard.pop();
      if (!before) break;
      client = before;
    }
    return client.toString();
  };
}

/** What one customer has: an IPv4 address, or an IPv6 /64, whose every address is his to choose. */
export function networkOf(ip: string): string {
  const address = parse(ip);
  if (address?.kind() !== 'ipv6') return address?.toString() ?? ip;
  return `${blockOf(address, 64)}/64`;
}

/** For the log: enough to tell networks apart, too little to tell people apart. */
export function maskAddress(ip: string): string {
  const address = parse(ip);
  if (!address) return ip;
  const length = address.kind() === 'ipv4' ? 24 : 48;
  return `${blockOf(address, length)}/${length}`;
}

function blockOf(address: Address, length: number): string {
  const bytes = address.toByteArray().map((byte, at) => (8 * at < length ? byte : 0)); // whole bytes: lengths are
  return ipaddr.fromByteArray(bytes).toString();
}

/** Scheme, host and port, as a browser writes them in an Origin header: `https://app.example`. */
export function isWebOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text; // no pattern is one
}

/**
 * What apps in a web view and browser extensions send as their origin. `URL` has none for these schemes (WHATWG URL
 * section 4.7), so that the spelling is checked here.
 */
const appOrigins = [
  /^(?:app|capacitor|ionic|tauri):\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)*$/,
  /^chrome-extension:\/\/[a-p]{32}$/,
  /^(?:moz|safari-web)-extension:\/\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^safari-web-extension:\/\/[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/, // newer versions write lower case
];

/** An origin that may be allowed to call: of a page, of an app or of a browser extension. Never `null` and never `*`. */
export function isCallingOrigin(text: string): boolean {
  return isWebOrigin(text) || appOrigins.some((form) => form.test(text));
}

/** Not out in the world: an address that a proxy in front of us has, and hardly any client. */
export function isPrivate(ip: string): boolean {
  return ['private', 'loopback', 'uniqueLocal', 'linkLocal', 'carrierGradeNat'].includes(parse(ip)?.range() ?? '');
}
