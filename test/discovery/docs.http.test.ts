import { expect, test } from 'vitest';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';

const files = {
  '/docs': 'text/html; charset=utf-8',
  '/docs/start.js': 'text/javascript; charset=utf-8',
  '/docs/swagger-ui.css': 'text/css; charset=utf-8',
  '/docs/swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

test('docs: every file that the page asks for is served here, and it asks for no other', async () => {
  const { api } = await startService();
  const { text } = await api.get('/docs');
  const asked = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
  expect(asked.toSorted()).toEqual(
    ['/docs/start.js', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css', '/openapi.yaml', 'data:,'].toSorted(),
  );
  for (const [path, type] of Object.entries(files)) {
    const { status, headers } = await api.get(path);
    expect({ path, status, type: headers.get('content-type') }).toEqual({ path, status: 200, type });
  }
});

test('docs: scripts come from here alone, and none is in the page', async () => {
  const { api } = await startService();
  const { headers, text } = await api.get('/docs');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(text.replaceAll(/<script src="[^"]+"><\/script>/g, '')).not.toMatch(/<script| on\w+=/i);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('docs: what has not changed is not sent again, and what is sent is packed', async () => {
  const { api } = await startService();
  const first = await api.get('/docs/swagger-ui.css');
  expect(first.headers.get('cache-control')).toBe('no-cache');
  expect(first.headers.get('vary')).toMatch(/Accept-Encoding/);
  const headers = { 'If-None-Match': first.headers.get('etag') ?? '' };
  expect(await api.send('GET', '/docs/swagger-ui.css', { headers })).toMatchObject({ status: 304, text: '' });
  const packed = await fetch(`${api.baseUrl}/docs/swagger-ui.css`, { headers: { 'Accept-Encoding': 'gzip' } });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(await packed.text()).toBe(first.text);
  const plain = await fetch(`${api.baseUrl}/docs/swagger-ui.css`, { headers: { 'Accept-Encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(first.text);
});

test('docs: they are for reading, and there is nothing beside them', async () => {
  const { api } = await startService();
  expectFailure(await api.post('/docs', {}), 'problem', 405, 'method_not_allowed');
  for (const path of ['/docs/', '/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/index.html']) {
    expectFailure(await api.get(path), 'problem', 404, 'not_found');
  }
});
