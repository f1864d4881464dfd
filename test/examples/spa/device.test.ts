import { expect, test } from 'vitest';
import { describeDevice } from '../../../examples/spa/src/device.ts';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';
const ANDROID = 'Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Android 16; Mobile; rv:147.0) Gecko/147.0 Firefox/147.0', 'Firefox on Android'],
  [`${IPHONE} FxiOS/147.0 Mobile/15E148 Safari/605.1.15`, 'Firefox on iPhone'],
  [`${ANDROID} Chrome/143.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
  [`${IPHONE} CriOS/143.0.0.0 Mobile/15E148 Safari/604.1`, 'Chrome on iPhone'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/143.0.0.0 Safari/537.36', 'Chrome on Linux'],
  ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/143.0.0.0 Safari/537.36', 'Chrome on ChromeOS'],
  [`${WINDOWS} Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0`, 'Edge on Windows'],
  [`${MAC} Chrome/143.0.0.0 Safari/537.36 OPR/125.0.0.0`, 'Opera on macOS'],
  [`${ANDROID} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`, 'Samsung Internet on Android'],
  [`${MAC} Version/26.1 Safari/605.1.15`, 'Safari on macOS'],
  [`${IPHONE} Version/26.1 Mobile/15E148 Safari/604.1`, 'Safari on iPhone'],
  ['Orders/1.4 (Android 16)', 'Orders on Android'],
  ['curl/8.14.1', 'curl'],
  ['node', 'node'],
  ['Mozilla/5.0 (Windows NT 10.0)', 'Windows'],
  ['Mozilla/5.0', 'Unknown device'],
  ['<img src=x>', 'Unknown device'],
  ['', 'Unknown device'],
  [null, 'Unknown device'],
])('device: %s', (userAgent, words) => {
  expect(describeDevice(userAgent)).toBe(words);
});
