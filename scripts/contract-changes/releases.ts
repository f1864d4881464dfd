// scripts/contract-changes/releases.ts: which contract has to be kept, and which version need not keep it.

interface Compared {
  readonly version: string;
  readonly released: string;
  /** The file that holds the contract of `released`. */
  readonly name: string;
  readonly breaks: readonly string[];
}

type Version = readonly [major: number, minor: number, patch: number];

/** The latest of `contract/<version>.yaml`; null before the first release. */
export function latestRelease(fileNames: readonly string[]): string | null {
  const versions = fileNames.flatMap((name) => /^(\d+\.\d+\.\d+)\.yaml$/.exec(name)?.[1] ?? []);
  return versions.toSorted(compare).at(-1) ?? null;
}

/** Semantic Versioning 2.0.0: a major version may break; below 1.0.0 a minor one may. */
export function mayBreak(version: string, released: string): boolean {
  const [[major, minor], [releasedMajor, releasedMinor]] = [parse(version), parse(released)];
  if (major !== releasedMajor) return major > releasedMajor;
  return major === 0 && minor > releasedMinor;
}

export interface Verdict {
  readonly isKept: boolean;
  /** Empty when there is nothing to say. */
  readonly text: string;
}

export function judge({ version, released, name, breaks }: Compared): Verdict {
  if (breaks.length === 0) return { isKept: true, text: '' };
  const list = breaks.map((text) => `  ${text}\n`).join('');
  if (mayBreak(version, released)) {
    return { isKept: true, text: `${version} may break what ${released} has promised, and does:\n${list}` };
  }
  return {
    isKept: false,
    text: `openapi.yaml breaks what ${name} has promised:\n${list}${advice(version)}`,
  };
}

function advice(version: string): string {
  return `Keep the promise, or raise the version in package.json (${version}): a major one may break, below 1.0.0 a minor one.\n`;
}

function compare(one: string, other: string): number {
  const [left, right] = [parse(one), parse(other)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

function parse(version: string): Version {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return [major, minor, patch];
}
