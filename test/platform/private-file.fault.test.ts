// A file that other users can read, and that belongs to another user than the one who runs the service.
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { openPrivate } from '../../src/platform/private-file.ts';
import { newFolder } from '../harness/folder.ts';

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return { ...fs, chmodSync: vi.fn(fs.chmodSync) };
});

test('private file: one that we may not change is refused, with what to do', () => {
  const path = join(newFolder(), 'of-another.db');
  writeFileSync(path, '');
  chmodSync(path, 0o644);
  vi.mocked(chmodSync).mockImplementationOnce(() => {
    throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
  });
  const open = () => openPrivate(path, {});
  expect(open).toThrow(
    new OperatorError(`Other users can read ${path}, and this user may not change that. Run chmod 600 as its owner.`),
  );
  expect(statSync(path).size).toBe(0);
});
