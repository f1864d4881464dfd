import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFileSync } from '../../src/platform/file-sync.ts';
import { newFolder } from '../harness/folder.ts';
import { holdDisk } from '../harness/held-disk.ts';

function newLog(): string {
  const path = join(newFolder(), 'log');
  writeFileSync(path, 'what was committed');
  return path;
}

function start() {
  const disk = holdDisk();
  const log = createFileSync(newLog(), disk);
  onTestFinished(log.close);
  const answered: string[] = [];
  const commit = (name: string) => log.settled().then(() => void answered.push(name));
  return { disk, log, answered, commit };
}

test('file sync: nobody is told before the disk has it', async () => {
  const { disk, commit, answered } = start();
  const done = commit('a');
  await disk.asked(1);
  expect(answered).toEqual([]);
  disk.release();
  await done;
  expect(answered).toEqual(['a']);
});

test('file sync: one serves all that wait, and none that came when it had begun', async () => {
  const { disk, commit, answered } = start();
  const early = [commit('a'), commit('b')];
  await disk.asked(1);
  const late = [commit('c'), commit('d'), commit('e')];
  disk.release();
  await Promise.all(early);
  expect(answered).toEqual(['a', 'b']);
  await disk.asked(2);
  disk.release();
  await Promise.all(late);
  expect(answered).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(disk.count()).toBe(2);
});

test('file sync: after one that failed nothing is said to be on the disk, though the next would not fail', async () => {
  const { disk, log, commit } = start();
  expect(log.isSound()).toBe(true);
  const [early, late] = [commit('a'), disk.asked(1).then(() => commit('b'))];
  await disk.asked(1);
  disk.fail();
  await expect(early).rejects.toMatchObject({ code: 'EIO' });
  await expect(late).rejects.toMatchObject({ code: 'EIO' });
  expect(log.isSound()).toBe(false);
  await expect(commit('c')).rejects.toMatchObject({ code: 'EIO' });
  expect(() => log.settle()).toThrow('EIO');
  expect(disk.count()).toBe(1);
});

test('file sync: without a disk in its place, it is that of the system', async () => {
  const log = createFileSync(newLog());
  await log.settled();
  log.settle();
  log.close();
  await expect(createFileSync('/nowhere/log').settled()).rejects.toMatchObject({ code: 'ENOENT' });
});
