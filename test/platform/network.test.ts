import { expect, test } from 'vitest';
import {
  createAddressOf,
  isCallingOrigin,
  isPrivate,
  isWebOrigin,
  maskAddress,
  networksOf,
  parseBlock,
} from '../../src/platform/network.ts';

const nat64 = '64:ff9b::203.0.113.9';

test.each([
  ['203.0.113.9', ['203.0.113.9']],
  ['::ffff:203.0.113.9', ['203.0.113.9']],
  ['::ffff:cb00:7109', ['203.0.113.9']],
  [nat64, ['203.0.113.9']],
  ['64:ff9b::cb00:7109', ['203.0.113.9']],
  ['2002:cb00:7109::1', ['203.0.113.9']],
  ['2002:cb00:7109:ffff:1:2:3:4', ['203.0.113.9']],
  ['64:ff9b:1::cb00:7109', ['64:ff9b:1::/64', '64:ff9b:1::/56', '64:ff9b:1::/48']],
  ['2001:db8:1:2:3:4:5:6', ['2001:db8:1:2::/64', '2001:db8:1::/56', '2001:db8:1::/48']],
  ['2001:0db8:0001:ab02:ffff::', ['2001:db8:1:ab02::/64', '2001:db8:1:ab00::/56', '2001:db8:1::/48']],
  ['2001:DB8:1:2::9%eth0', ['2001:db8:1:2::/64', '2001:db8:1::/56', '2001:db8:1::/48']],
  ['fe80::1%eth0', ['fe80::/64', 'fe80::/56', 'fe80::/48']],
  ['not an address', ['not an address']],
])('network: %s is counted in %j', (ip, networks) => {
  expect(networksOf(ip, [64, 56, 48])).toEqual(networks);
});

test.each([
  ['203.0.113.9', '203.0.113.0/24'],
  ['::ffff:203.0.113.9', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  [nat64, '203.0.113.0/24'],
  ['command line', 'command line'],
])('network: the log says of %s that it is in %s', (ip, mask) => {
  expect(maskAddress(ip)).toBe(mask);
});

test.each(['10.0.0.0/8', '192.0.2.1', '::1', '2001:db8::/32', '0.0.0.0/0'])('network: %s is a block', (text) => {
  expect(parseBlock(text)).not.toBeNull();
});

test.each([
  '',
  '10',
  '0x7f.1',
  '010.0.0.1',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  'proxy',
  '::/129',
])('network: %j is no block', (text) => {
  expect(parseBlock(text)).toBeNull();
});

const trusted = ['10.0.0.0/8', '2001:db8:aaaa::/48'];

test.each([
  ['a stranger is believed nothing', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a proxy is believed whom it heard from', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['what the client wrote itself is hearsay', '10.0.0.1', '192.0.2.66, 198.51.100.1', '198.51.100.1'],
  ['a chain of proxies is followed', '10.0.0.1', '192.0.2.66, 198.51.100.1, 10.0.0.7, 10.2.3.4', '198.51.100.1'],
  ['a client that pretends to be a proxy gains nothing', '10.0.0.1', '10.9.9.9, 198.51.100.1', '198.51.100.1'],
  ['a proxy may be IPv6', '2001:db8:aaaa::1', '2001:db8:bbbb::1', '2001:db8:bbbb::1'],
  ['a mapped proxy is the proxy', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['a mapped client is the client', '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
  ['nothing forwarded: the proxy itself asks', '10.0.0.1', '', '10.0.0.1'],
  ['what is no address ends the chain', '10.0.0.1', 'unknown', '10.0.0.1'],
  ['and does so in the middle', '10.0.0.1', '198.51.100.1, unknown, 10.0.0.7', '10.0.0.7'],
  ['an address may have a port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
  ['so may a proxy', '10.0.0.1', '198.51.100.1:4711, 10.0.0.7:80', '198.51.100.1'],
  ['an IPv6 address may have brackets', '10.0.0.1', '[2001:db8:bbbb::7]', '2001:db8:bbbb::7'],
  ['and a port behind them', '10.0.0.1', '[2001:db8:bbbb::7]:443', '2001:db8:bbbb::7'],
  ['and a zone in them', '10.0.0.1', '[fe80::7%eth0]:443', 'fe80::7'],
  ['a mapped address may have both', '10.0.0.1', '[::ffff:198.51.100.1]:443', '198.51.100.1'],
  ['without brackets the last group is no port', '10.0.0.1', '2001:db8:bbbb::7:443', '2001:db8:bbbb::7:443'],
  ['what stands before a long field is not read', '10.0.0.1', `${'x,'.repeat(5000)}198.51.100.1`, '198.51.100.1'],
  ['an endless chain is not followed', '10.0.0.1', `198.51.100.1${', 10.0.0.7'.repeat(40)}`, '10.0.0.7'],
  ['all of them proxies: the first of them asks', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
])('address: %s', (_, peer, forwardedFor, client) => {
  expect(createAddressOf(trusted)(peer, forwardedFor)).toBe(client);
});

test.each([
  'unknown',
  '_hidden',
  '198.51.100.1:',
  '198.51.100.1:123456',
  '198.51.100.1:4711:1',
  '198.51.100:80',
  '[198.51.100.1]',
  '[198.51.100.1]:80',
  '[2001:db8::7',
  '2001:db8::7]:443',
  '[2001:db8::7]443',
  '[]',
  '[]:443',
  '"[2001:db8::7]"',
  'for=198.51.100.1',
  '',
])('address: %j is no address, which is reported', (entry) => {
  const unreadable: string[] = [];
  const addressOf = createAddressOf(trusted, (text) => unreadable.push(text));
  expect(addressOf('10.0.0.1', `198.51.100.1, ${entry} , 10.0.0.7`)).toBe('10.0.0.7');
  expect(unreadable).toEqual([entry]);
});

test('address: what a client wrote is not reported', () => {
  const unreadable: string[] = [];
  const addressOf = createAddressOf(trusted, (text) => unreadable.push(text));
  expect(addressOf('10.0.0.1', 'x, 198.51.100.1')).toBe('198.51.100.1');
  expect(addressOf('203.0.113.9', 'x')).toBe('203.0.113.9');
  expect(addressOf('10.0.0.1', '')).toBe('10.0.0.1');
  expect(unreadable).toEqual([]);
});

test('address: without trusted proxies nothing that is forwarded counts', () => {
  expect(createAddressOf([])('10.0.0.1', '198.51.100.1')).toBe('10.0.0.1');
});

test.each(['10.1.2.3', '192.168.0.1', '172.16.0.1', '127.0.0.1', '::1', 'fd00::1', 'fe80::1', '100.64.0.1'])(
  'network: %s is private',
  (ip) => {
    expect(isPrivate(ip)).toBe(true);
  },
);

test.each(['203.0.113.9', '8.8.8.8', '2600::1', 'nothing'])('network: %s is not private', (ip) => {
  expect(isPrivate(ip)).toBe(false);
});

const EXTENSION = 'abcdefghijklmnopabcdefghijklmnop';
const UUID = '2f1c9b0a-3d4e-4f5a-8b6c-7d8e9f0a1b2c';

test.each(['https://app.example', 'http://localhost:5173', 'https://app.example:8443', 'http://[::1]:3000'])(
  'network: %s is an origin of the web, and may call',
  (origin) => {
    expect([isWebOrigin(origin), isCallingOrigin(origin)]).toEqual([true, true]);
  },
);

test.each([
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'app://obsidian.md',
  `chrome-extension://${EXTENSION}`,
  `moz-extension://${UUID}`,
  `safari-web-extension://${UUID}`,
  `safari-web-extension://${UUID.toUpperCase()}`,
])('network: %s may call, and is no origin of the web', (origin) => {
  expect([isWebOrigin(origin), isCallingOrigin(origin)]).toEqual([false, true]);
});

test.each([
  ...['', '*', 'null', 'file://', 'localhost', '//app.example', 'data:text/html,x', 'blob:https://app.example'],
  ...['https://*.app.example', 'https://app.example/', 'https://app.example:443', 'HTTPS://app.example'],
  ...['https://user@app.example', 'ftp://app.example', 'javascript:alert(1)'],
  ...['capacitor://', 'capacitor://*', 'capacitor://localhost/', 'capacitor://LOCALHOST', 'CAPACITOR://localhost'],
  ...['capacitor://user@localhost', 'capacitor:localhost', 'capacitor://localhost:1', 'tauri://.', 'tauri://a..b'],
  ...['chrome-extension://*', `chrome-extension://${EXTENSION}/`, `chrome-extension://${EXTENSION}a`],
  ...[`chrome-extension://${EXTENSION.toUpperCase()}`, 'chrome-extension://localhost', `moz-extension://${EXTENSION}`],
  ...[`moz-extension://${UUID.toUpperCase()}`, `moz-extension://${UUID}\n`, `xtauri://localhost`, 'other://localhost'],
])('network: %j is no origin that may call', (origin) => {
  expect([isWebOrigin(origin), isCallingOrigin(origin)]).toEqual([false, false]);
});
