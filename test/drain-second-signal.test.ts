// Somebody who is told to wait, and does not want to, sends the signal again.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { everydayEnv } from './harness/everyday.ts';
import { startProcess } from './harness/process.ts';
import { newDurableDatabase } from './harness/service.ts';

/** A drain that has something to wait for takes ten seconds. */
const AT_ONCE_MS = 5_000;

test.each(['SIGTERM', 'SIGINT'] as const)(
  'drain: %s a second time ends a process that still waits, at once and not with success',
  { timeout: 40_000 },
  async (signal) => {
    const { child, url } = await startProcess({ ...everydayEnv, DATABASE_URL: await newDurableDatabase() });
    const hanging = connect(Number(new URL(url).port), '127.0.0.1').resume();
    hanging.on('error', () => {});
    onTestFinished(() => void hanging.destroy());
    await once(hanging, 'connect');
    const head = ['POST /signup HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 9'];
    hanging.write(`${head.join('\r\n')}\r\n\r\n{`);
    await setTimeout(500); // until it has been read: nothing comes back that would say so

    const exited = once(child, 'exit');
    child.kill(signal);
    await setTimeout(1_000); // two signals at the same instant are one
    expect(child.exitCode).toBe(null);
    const toldAt = performance.now();
    child.kill(signal);
    const [code, killedBy] = await exited;
    expect(killedBy ?? code).not.toBe(0);
    expect(performance.now() - toldAt).toBeLessThan(AT_ONCE_MS);
  },
);
