// test/keys/verifiers.ts: how other services verify our tokens, with the caches that their libraries come with.
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import createJwksClient from 'jwks-rsa';

/** Rejects when the token is not good at that time. */
export type Verify = (token: string, at: Date) => Promise<unknown>;

/**
 * Keys are kept for ten minutes, and fetched for an unknown one unless that was done a moment ago. That moment is 30 s by
 * default, which is half of the shortest time that a key is published before it signs; it is shortened as that time is.
 */
export function joseVerifier(url: string, issuer: string): Verify {
  const jwks = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), { cooldownDuration: 5_000 });
  return (token, currentDate) => jwtVerify(token, jwks, { issuer, audience: issuer, typ: 'at+jwt', currentDate });
}

/** Keys are kept for ten minutes, five at most, each by its name. */
export function jsonwebtokenVerifier(url: string, issuer: string): Verify {
  const client = createJwksClient({ jwksUri: `${url}/.well-known/jwks.json` });
  const keyOf: jwt.GetPublicKeyOrSecret = ({ kid }, done) => {
    client.getSigningKey(kid).then(
      (key) => done(null, key.getPublicKey()),
      (error: Error) => done(error),
    );
  };
  return (token, at) =>
    new Promise((resolve, reject) => {
      const clockTimestamp = Math.floor(at.getTime() / 1000);
      const options = { issuer, audience: issuer, algorithms: ['ES256'], clockTimestamp } satisfies jwt.VerifyOptions;
      jwt.verify(token, keyOf, options, (error, payload) => (error ? reject(error) : resolve(payload)));
    });
}
