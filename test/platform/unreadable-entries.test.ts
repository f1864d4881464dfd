import { expect, test } from 'vitest';
import { createLogger } from '../../src/platform/logger.ts';
import { createUnreadableEntries } from '../../src/platform/unreadable-entries.ts';
import { createClock } from '../harness/clock.ts';

function start() {
  const clock = createClock();
  const lines: string[] = [];
  const log = createLogger('warn', { write: (line) => void lines.push(line) });
  const take = () => lines.splice(0).map((line) => JSON.parse(line));
  return { clock, take, report: createUnreadableEntries({ log, now: clock.now }) };
}

test('unreadable entries: the first is a warning at once, and then there is one a minute, with a count', () => {
  const { clock, report, take } = start();
  report('unknown');
  expect(take()).toMatchObject([
    { level: 40, entry: 'unknown', count: 1, msg: expect.stringContaining('X-Forwarded-For') },
  ]);
  for (let times = 0; times < 500; times += 1) report(`_${times}`);
  clock.advance({ seconds: 59 });
  report('late');
  expect(take()).toEqual([]);
  clock.advance({ seconds: 1 });
  report('last');
  expect(take()).toMatchObject([{ entry: 'last', count: 502 }]);
  clock.advance({ minutes: 10 });
  report('again');
  expect(take()).toMatchObject([{ entry: 'again', count: 1 }]);
});

test.each([
  ['x'.repeat(10_000), 'x'.repeat(64)],
  ['\u001b[2J\r\n', String.raw`\u001b[2J\u000d\u000a`],
  ['é\u0000\u202e', String.raw`\u00e9\u0000\u202e`],
  ['\u001b'.repeat(64), String.raw`\u001b`.repeat(11).slice(0, 64)],
  ['a\\u001b', String.raw`a\u005cu001b`],
])('unreadable entries: %j is shown escaped and cut', (entry, shown) => {
  const { report, take } = start();
  report(entry);
  expect(take()).toMatchObject([{ entry: shown }]);
});
