// test/ship/image-run.test.ts: what the Dockerfile builds, laid out by hand and run: by somebody who is in no list of
// users, and who can write to nothing but the data.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../harness/postgres-server.ts';
import { onPostgres } from '../harness/service.ts';
import { all, execForm, only, shipped } from './dockerfile.ts';
import { shippedPackages } from './lockfile.ts';
import { type Image, unpackImage } from './unpacked-image.ts';

const environment = {
  ...Object.fromEntries(all(shipped, 'ENV').map((text) => text.split('=') as [string, string])),
  ISSUER: 'https://id.example',
  SECRETS: 'a secret that only the tests may know',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'no-reply@id.example',
  VERIFY_EMAIL_URL: 'https://app.example/verify-email#code={code}',
  RESET_PASSWORD_URL: 'https://app.example/reset-password#code={code}',
};
const healthCheck = execForm(only(shipped, 'HEALTHCHECK').replace(/^.* CMD /, ''));

const isHealthy = async (image: Image, port: number) =>
  (await image.spawn(healthCheck, { ...environment, PORT: String(port) }).code()) === 0;

async function untilHealthy(image: Image, port: number, said: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isHealthy(image, port)) return;
    await setTimeout(100);
  }
  throw new Error(`It never became healthy:\n${said()}`);
}

const patience = { timeout: 240_000 };

const Bom = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.object({ component: z.object({ name: z.string(), version: z.string(), type: z.string() }) }),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      purl: z.string(),
      hashes: z.array(z.object({ alg: z.string() })).nonempty(),
    }),
  ),
});

/** It has its own database, whatever the others run on. */
describe.skipIf(onPostgres)('image', () => {
  let image: Image;
  beforeAll(() => {
    image = unpackImage();
  }, patience.timeout);
  afterAll(() => image.remove());

  test(
    'image: somebody runs it from a read-only root, it says that it lives, and stops when told',
    patience,
    async () => {
      const before = image.files();
      const port = await freePort();
      expect(await isHealthy(image, port)).toBe(false);

      const service = image.spawn(execForm(only(shipped, 'CMD')), { ...environment, PORT: String(port) });
      await untilHealthy(image, port, service.said);
      const answer = await fetch(`http://127.0.0.1:${port}/signup`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' }),
      });
      expect(answer.status).toBe(201);
      const doctor = image.spawn(['node', 'src/cli.ts', 'user', 'list', '--json'], environment);
      expect([await doctor.code(), doctor.said()]).toEqual([0, expect.stringContaining('ada@example.com')]);

      service.child.kill('SIGTERM');
      expect([await service.code(), service.said()]).toEqual([0, expect.stringContaining('"msg":"stopping"')]);
      expect(await isHealthy(image, port)).toBe(false);
      expect(image.files()).toEqual(before);
      expect(readdirSync(image.data)).toContain('latchkey.db');
    },
  );

  test('image: one that is still starting, or whose port somebody else has, is not healthy', patience, async () => {
    const server = createServer((_, response) => void response.writeHead(503).end()).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port was given.');
    expect(await isHealthy(image, address.port)).toBe(false);
  });

  test('image: its list of parts is complete, names nothing else, and was made without a network', patience, () => {
    const bom = Bom.parse(JSON.parse(readFileSync(join(image.app, 'sbom.json'), 'utf8')));
    expect(bom.metadata.component).toMatchObject({ name: 'latchkey', version: '0.1.0', type: 'application' });
    const listed = bom.components.map(({ name, version }) => `${name}@${version}`);
    const locked = new Set(shippedPackages.map(({ name, version }) => `${name}@${version}`));
    expect(new Set(listed)).toEqual(locked);
    expect(listed.filter((part) => /^(vitest|typescript|@biomejs|node-linux)/.test(part))).toEqual([]);
    expect(bom.components.filter(({ purl }) => !purl.startsWith('pkg:npm/'))).toEqual([]);
  });
});
