// platform/network.ts: where a request came from: the address of whoever sent it, through any proxies that are ours.
import { isIP, isIPv6 } from 'node:net';
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

/** Proxies in a row. A longer chain is not followed. */
const MAX_HOPS = 32;

/**
 * From the address of the peer and the value of X-Forwarded-For to the address of the client: that of the peer, unless
 * it is a trusted proxy; then the last one that a trusted proxy heard from. The client can write all that stands before.
 * `onUnreadable` receives an entry of a trusted proxy that holds no address: the client is then taken to be that proxy.
 */
export function createAddressOf(
  trusted: readonly string[],
  onUnreadable: (entry: string) => void = () => {},
): AddressOf {
  const blocks = trusted.flatMap((text) => {
    const block = parseBlock(text);
    return block ? [block] : [];
  });
  const isTrusted = (address: Address) => blocks.some((block) => isIn(address, block));

  return (peer, forwardedFor) => {
    let client = parse(peer);
    if (!client) return peer;
    for (const entry of lastEntries(forwardedFor)) {
      if (!isTrusted(client)) break;
      const before = parseEntry(entry);
      if (!before) {
        onUnreadable(entry);
        break;
      }
      client = before;
    }
    return client.toString();
  };
}

/** From right to left, so that the cost does not depend on what a client has put before. */
function* lastEntries(forwardedFor: string): Generator<string> {
  let end = forwardedFor.length;
  for (let hop = 0; hop < MAX_HOPS && end > 0; hop += 1) {
    const comma = forwardedFor.lastIndexOf(',', end - 1);
    yield forwardedFor.slice(comma + 1, end).trim();
    end = comma;
  }
}

/** The forms of RFC 7239 section 6 without quotes: `203.0.113.7:51234`, `[2001:db8::7]`, `[2001:db8::7]:443`. */
const withPort = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/;

function parseEntry(entry: string): Address | null {
  const [, ipv6, ipv4] = withPort.exec(entry) ?? [];
  const address = parse(ipv6 ?? ipv4 ?? entry);
  return ipv6 === undefined || isIPv6(ipv6) ? address : null;
}

/**
 * The networks that an address is counted in, one for each IPv6 prefix length. An IPv4 address is one network by itself;
 * the customer of an IPv6 prefix can choose any address in it.
 */
export function networksOf(ip: string, prefixes: readonly number[]): string[] {
  const address = parse(ip);
  if (!address) return [ip];
  const host = embeddedIpv4(address) ?? address;
  if (host.kind() === 'ipv4') return [host.toString()];
  return prefixes.map((length) => `${blockOf(host, length)}/${length}`);
}

/** What one customer has: an IPv4 address, or an IPv6 /64 in which the customer can choose any address. */
export function networkOf(ip: string): string {
  return networksOf(ip, [64])[0] ?? ip;
}

/** Where an IPv6 address holds the IPv4 address of its host: NAT64 (RFC 6052 section 2.1) and 6to4 (RFC 3056). */
const embeddings: readonly { readonly block: Block; readonly firstByte: number }[] = [
  { block: [ipaddr.parse('64:ff9b::'), 96], firstByte: 12 },
  { block: [ipaddr.parse('2002::'), 16], firstByte: 2 },
];

function embeddedIpv4(address: Address): Address | null {
  const found = embeddings.find(({ block }) => isIn(address, block));
  return found ? ipaddr.fromByteArray(address.toByteArray().slice(found.firstByte, found.firstByte + 4)) : null;
}

/** For the log: enough to tell networks apart, too little to tell people apart. */
export function maskAddress(ip: string): string {
  const written = parse(ip);
  if (!written) return ip;
  const address = embeddedIpv4(written) ?? written;
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

/** This machine, by name or by address. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || parse(host)?.range() === 'loopback';
}
