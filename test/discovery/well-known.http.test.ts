// The documents that everybody may read are the same for everybody.
import { expect, test } from 'vitest';
import { startService } from '../harness/service.ts';

const documents = ['jwks.json', 'oauth-authorization-server', 'openid-configuration'];

const wishes: readonly (readonly [query: string, headers: Record<string, string>])[] = [
  ['?x=1', {}],
  ['?issuer=https://evil.example', {}],
  ['', { Accept: 'text/html' }],
  ['', { Accept: 'application/jwt' }],
  ['', { 'Accept-Language': 'de', 'Accept-Encoding': 'gzip, br' }],
  ['', { Authorization: 'Bearer nonsense' }],
  ['', { Cookie: 'a=b' }],
  ['', { Range: 'bytes=0-9' }],
  ['', { 'If-None-Match': '"another"', 'If-Match': '"another"' }],
  ['', { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }],
];

test.each(documents)('well-known: %s is the same JSON, whatever is wished for', async (name) => {
  const { api } = await startService();
  const path = `/.well-known/${name}`;
  const { text, headers: usual } = await api.get(path);
  for (const [query, headers] of wishes) {
    const answer = await api.send('GET', path + query, { headers });
    expect(answer, JSON.stringify(headers)).toMatchObject({ status: 200, text });
    for (const field of ['content-type', 'cache-control', 'etag', 'content-encoding', 'vary']) {
      expect(answer.headers.get(field), field).toBe(usual.get(field));
    }
  }
});

test.each(documents)('well-known: %s can be read and nothing else', async (name) => {
  const { api } = await startService();
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await api.send(method, `/.well-known/${name}`);
    expect(answer, method).toMatchObject({ status: 405 });
    expect(answer.headers.get('allow')).toBe('HEAD, GET, OPTIONS');
  }
});
