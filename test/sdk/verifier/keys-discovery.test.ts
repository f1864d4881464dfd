// Where the keys are is for the issuer to say, and for nobody else.
import { describe, expect, test } from 'vitest';
import { unavailable } from './faults.ts';
import { type Answering, answerJson, startIssuer } from './issuer.ts';

describe('keys: discovery', () => {
  test('nothing is fetched before the first token, and once for all who come first', async () => {
    const { verifier, sign, asked } = await startIssuer();
    const { verify } = verifier();
    expect(asked).toEqual([]);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => sign()));
    await Promise.all(tokens.map((token) => verify(token)));
    expect(asked).toEqual(['/.well-known/oauth-authorization-server', '/.well-known/jwks.json']);
  });

  test.each([
    ['/tenant', '/.well-known/oauth-authorization-server/tenant'],
    ['/a/b', '/.well-known/oauth-authorization-server/a/b'],
    ['/', '/.well-known/oauth-authorization-server'],
    ['/tenant/', '/.well-known/oauth-authorization-server/tenant'],
  ])('an issuer with the path %s is asked at %s', async (path, url) => {
    const { verifier, sign, asked } = await startIssuer({ path });
    await verifier().verify(await sign());
    expect(asked[0]).toBe(url);
  });

  test.each<[string, (issuer: string) => Answering]>([
    [
      'another issuer',
      () => answerJson({ issuer: 'https://other.example', jwks_uri: 'https://other.example/jwks.json' }),
    ],
    ['the issuer with a slash', (issuer) => answerJson({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks.json` })],
    ['no issuer', (issuer) => answerJson({ jwks_uri: `${issuer}/.well-known/jwks.json` })],
    ['no jwks_uri', (issuer) => answerJson({ issuer })],
    ['a jwks_uri that is no address', (issuer) => answerJson({ issuer, jwks_uri: 'jwks.json' })],
    ['a jwks_uri that is a file', (issuer) => answerJson({ issuer, jwks_uri: 'file:///etc/passwd' })],
    ['metadata that is null', () => answerJson(null)],
  ])('%s: no keys are taken, and it is tried again', async (_, answering) => {
    const { verifier, sign, issuer, behaviour, fetched } = await startIssuer();
    const { verify } = verifier();
    const good = behaviour.metadata;
    behaviour.metadata = answering(issuer);
    await expect(verify(await sign())).rejects.toMatchObject(unavailable);
    expect(fetched()).toBe(0);
    behaviour.metadata = good;
    await expect(verify(await sign())).resolves.toHaveProperty('subject');
  });

  test('over https, a jwks_uri without is not asked', async () => {
    const asked: string[] = [];
    const { verifier, sign } = await startIssuer();
    const { verify } = verifier({
      issuer: 'https://id.example',
      fetch: async (url) => {
        asked.push(url);
        return Response.json({ issuer: 'https://id.example', jwks_uri: 'http://id.example/jwks.json' });
      },
    });
    await expect(verify(await sign({ iss: 'https://id.example' }))).rejects.toMatchObject(unavailable);
    expect(asked).toEqual(['https://id.example/.well-known/oauth-authorization-server']);
  });
});
