import { expect, test } from 'vitest';
import { startService } from '../harness/service.ts';

test.each(['/openapi.json', '/openapi.yaml'])(
  'contract: %s has an ETag, and is not sent again while it is the same',
  async (path) => {
    const { api } = await startService();
    const first = await api.get(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    for (const known of [etag, `W/${etag}`, `"another" , ${etag}`, '*']) {
      const again = await api.send('GET', path, { headers: { 'If-None-Match': known } });
      expect(again, known).toMatchObject({ status: 304, text: '' });
      expect(again.headers.get('etag')).toBe(etag);
    }
    const another = await api.send('GET', path, { headers: { 'If-None-Match': '"another"' } });
    expect(another).toMatchObject({ status: 200, text: first.text });
  },
);

test('contract: each form and each issuer has an ETag of its own, which instances share', async () => {
  const tagsAt = async (issuer: string) => {
    const { api } = await startService({ env: { ISSUER: issuer } });
    return [(await api.get('/openapi.json')).headers.get('etag'), (await api.get('/openapi.yaml')).headers.get('etag')];
  };
  const one = await tagsAt('https://one.example');
  expect(await tagsAt('https://one.example')).toEqual(one);
  expect(new Set([...one, ...(await tagsAt('https://other.example'))]).size).toBe(4);
});
