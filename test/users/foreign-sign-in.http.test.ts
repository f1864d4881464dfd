import { readFileSync } from 'node:fs';
import { argon2d, argon2i, argon2id, hash } from 'argon2';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { User } from '../../src/users/user.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

const Vectors = z.array(z.object({ form: z.string(), madeBy: z.string(), password: z.string(), hash: z.string() }));
const vectors = Vectors.parse(JSON.parse(readFileSync(`${import.meta.dirname}/foreign-hash-vectors.json`, 'utf8')));

/** The first of every form, which is enough here: what each hash is worth is tested where it is read. */
const oneOfEach = [...Map.groupBy(vectors, ({ form }) => form).values()].flatMap(([first]) => first ?? []);

/** Somebody whose account came from another system. */
async function startWith(passwordHash: string) {
  const service = await startService();
  const { user } = await service.api.signUp({ email: 'ann@example.com' });
  await service.database.em.fork().nativeUpdate(User, { id: user.id }, { passwordHash });
  const stored = async () => (await service.users.find(user.id))?.passwordHash ?? '';
  return { ...service, stored };
}

test.each(oneOfEach)(
  'foreign sign-in: $form, the old password opens it and is then kept as argon2id',
  async (vector) => {
    const { api, stored } = await startWith(vector.hash);
    await expect(api.signIn('ann@example.com', { password: `${vector.password}x` })).rejects.toMatchObject({
      status: 400,
    });
    expect(await stored()).toBe(vector.hash);
    await api.signIn('ann@example.com', { password: vector.password });
    const upgraded = await stored();
    expect(upgraded).toMatch(/^\$argon2id\$v=19\$/);
    await api.signIn('ann@example.com', { password: vector.password });
    expect(await stored()).toBe(upgraded);
    await expect(api.signIn('ann@example.com', { password: PASSWORD })).rejects.toMatchObject({ status: 400 });
  },
);

const weak = { memoryCost: 1024, timeCost: 1, parallelism: 1 };

test.each([
  ['argon2i', { ...weak, type: argon2i, memoryCost: 4096, timeCost: 3 }],
  ['argon2d', { ...weak, type: argon2d, memoryCost: 4096, timeCost: 3 }],
  ['argon2id that cost less work', { ...weak, type: argon2id }],
] as const)('foreign sign-in: %s is replaced', async (_, options) => {
  const { api, stored } = await startWith(await hash(PASSWORD, options));
  await api.signIn('ann@example.com');
  expect(await stored()).toContain('$argon2id$v=19$m=1024,t=2,p=1$');
});

test('foreign sign-in: argon2id that cost more work stays as it is', async () => {
  const strong = await hash(PASSWORD, { ...weak, type: argon2id, memoryCost: 4096 });
  const { api, stored } = await startWith(strong);
  await api.signIn('ann@example.com');
  expect(await stored()).toBe(strong);
});
