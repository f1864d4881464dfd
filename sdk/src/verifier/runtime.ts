// verifier/runtime.ts: what there is beyond what every runtime of the web has; and its clock.

/** As much of `node:crypto` as is used. */
interface NodeCrypto {
  createPublicKey(input: { key: Record<string, string>; format: 'jwk' }): object;
  verify(hash: string | null, data: Uint8Array, key: object, signature: Uint8Array): boolean;
}

interface Runtime {
  readonly navigator?: { readonly userAgent: string };
  readonly Buffer?: { from(text: string, encoding: 'base64url' | 'latin1'): Uint8Array<ArrayBuffer> };
  readonly process?: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto | undefined };
}

/** Looked up each time: a bundler or a test may put it there later. */
export const runtime = (): Runtime => globalThis;

export const systemClock = () => new Date();
