// device.ts: what a program calls itself, in words for people. The order matters: most pretend to be others too.

type Names = readonly (readonly [RegExp, string])[];

const browsers: Names = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Headless)?(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
];

const systems: Names = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\b(Mac OS X|Macintosh|macOS)\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

const UNKNOWN = 'Unknown device';

export function describeDevice(userAgent: string | null): string {
  if (!userAgent) return UNKNOWN;
  const program = nameIn(browsers, userAgent) ?? productOf(userAgent);
  const system = nameIn(systems, userAgent);
  if (!program) return system ?? UNKNOWN;
  return system ? `${program} on ${system}` : program;
}

function nameIn(names: Names, userAgent: string): string | undefined {
  return names.find(([pattern]) => pattern.test(userAgent))?.[1];
}

/** Of a program that says plainly what it is (RFC 9110 section 10.1.5); every browser says Mozilla. */
function productOf(userAgent: string): string | undefined {
  const [, name] = /^([\w.+-]{1,40})(?:[/\s]|$)/.exec(userAgent) ?? [];
  return name === 'Mozilla' ? undefined : name;
}
