import { expect, test } from 'vitest';
import { createLogger } from '../../src/platform/logger.ts';
import { createAddressOf } from '../../src/platform/network.ts';
import { watchForProxy } from '../../src/platform/proxy-watch.ts';

function startWatch(trusted: readonly string[] = []) {
  const lines: string[] = [];
  const log = createLogger('warn', { write: (line) => void lines.push(line) });
  return { lines, addressOf: watchForProxy(createAddressOf(trusted), log) };
}

test('proxy watch: a private address that forwards for others, and is not trusted, is named, once', () => {
  const { addressOf, lines } = startWatch();
  for (let n = 0; n < 300; n += 1) expect(addressOf('10.0.0.1', `198.51.100.${n % 200}`)).toBe('10.0.0.1');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 40,
    peer: '10.0.0.1',
    msg: expect.stringContaining('TRUSTED_PROXIES'),
  });
});

test.each([
  ['fewer than a hundred', [] as string[], '10.0.0.1', '198.51.100.1', 99],
  ['a proxy that is trusted', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.1', 300],
  ['nothing forwarded', [] as string[], '10.0.0.1', '', 300],
  ['a stranger who says that he forwards', [] as string[], '203.0.113.9', '198.51.100.1', 300],
])('proxy watch: %s, and there is nothing to say', (_, trusted, peer, forwardedFor, times) => {
  const { addressOf, lines } = startWatch(trusted);
  for (let n = 0; n < times; n += 1) addressOf(peer, forwardedFor);
  expect(lines).toEqual([]);
});
