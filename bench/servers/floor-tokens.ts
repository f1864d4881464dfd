// bench/servers/floor-tokens.ts: one signature or one check of it with node:crypto, and one HMAC: what any token service has to do.
import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual, verify } from 'node:crypto';

export interface Turn {
  readonly sessionId: string;
  readonly generation: number;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function createFloorTokens(issuer: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'one' };
  const header = encode({ typ: 'at+jwt', alg: 'ES256', kid: 'one' });
  const secret = randomBytes(32);

  function signed(claims: object): string {
    const iat = Math.floor(Date.now() / 1000);
    const payload = encode({ ...claims, iss: issuer, aud: issuer, iat, exp: iat + 3600, jti: randomUUID() });
    const input = `${header}.${payload}`;
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }

  function read(token: string): Record<string, unknown> | null {
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    if (!verify('sha256', Buffer.from(token.slice(0, end)), key, signature)) return null;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return claims.exp > Date.now() / 1000 && claims.iss === issuer ? claims : null;
  }

  function seal({ sessionId, generation }: Turn): string {
    const said = `${sessionId}.${generation}`;
    return `${said}.${createHmac('sha256', secret).update(said).digest('base64url')}`;
  }

  function open(token: string): Turn | null {
    const end = token.lastIndexOf('.');
    const said = token.slice(0, end);
    const expected = createHmac('sha256', secret).update(said).digest();
    const given = Buffer.from(token.slice(end + 1), 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const [sessionId = '', generation] = said.split('.');
    return { sessionId, generation: Number(generation) };
  }

  return { jwk, sign: signed, read, seal, open };
}
