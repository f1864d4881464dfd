// The codes themselves: what they are made of, what they are good for, and for how long.
import { describe, expect, test } from 'vitest';
import { OneTimeCode } from '../../src/accounts/one-time-code.ts';
import { PASSWORD } from '../harness/api.ts';
import { ANN, codeInvalid, NEW_ADDRESS, readTables, startWithCodes } from './mailbox.ts';

describe('codes', () => {
  test('codes: of every purpose, 256 bits in letters that a link can hold', async () => {
    const { codes } = await startWithCodes();
    for (const code of Object.values(codes)) {
      expect(code).toMatch(/^[A-Za-z0-9_-]{43,}$/);
      expect(Buffer.from(code, 'base64url').length).toBeGreaterThanOrEqual(32);
    }
    expect(new Set(Object.values(codes)).size).toBe(3);
  });

  test('codes: in the whole database, only their digests', async () => {
    const service = await startWithCodes();
    const tables = JSON.stringify(await readTables(service));
    for (const code of Object.values(service.codes)) {
      expect(tables).not.toContain(code);
      expect(tables).not.toContain(Buffer.from(code, 'base64url').toString('hex'));
      expect(tables).not.toContain(Buffer.from(code, 'base64url').toString('base64').replaceAll('=', ''));
    }
    expect(tables).not.toContain(PASSWORD);
  });

  test('codes: stored with whom, what for, which address and until when', async () => {
    const service = await startWithCodes();
    const { clock, user } = service;
    const em = service.database.em.fork();
    const rows = await em.find(OneTimeCode, {}, { orderBy: { purpose: 'asc' } });
    const minutesAhead = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000);
    expect(rows).toMatchObject([
      { userId: user.id, purpose: 'change_email', email: NEW_ADDRESS, expiresAt: minutesAhead(24 * 60) },
      { userId: user.id, purpose: 'reset_password', email: ANN, expiresAt: minutesAhead(30) },
      { userId: user.id, purpose: 'verify_email', email: ANN, expiresAt: minutesAhead(24 * 60) },
    ]);
    expect(rows.map(({ digest }) => digest)).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{64}$/)));
  });

  test('reset: a code of another purpose, is invalid and stays good for its own', async () => {
    const service = await startWithCodes();
    const { codes, reset, verify, markVerified } = service;
    await markVerified(); // a verification code resets the password of an unverified address
    const before = await readTables(service);
    expect(await reset(codes.verification)).toMatchObject(codeInvalid);
    expect(await reset(codes.change)).toMatchObject(codeInvalid);
    expect(await readTables(service)).toEqual(before);
    expect((await verify(codes.verification)).status).toBe(204);
    expect((await verify(codes.change)).status).toBe(204);
  });

  test('verification: a code of a reset, is invalid and stays good for the reset', async () => {
    const service = await startWithCodes();
    const { codes, reset, verify } = service;
    const before = await readTables(service);
    expect(await verify(codes.reset)).toMatchObject(codeInvalid);
    expect(await readTables(service)).toEqual(before);
    expect((await reset(codes.reset)).status).toBe(204);
  });

  test('codes: whatever is wrong with one, one answer', async () => {
    const { api, clock, codes, reset, verify, resetCode, waitAnHour } = await startWithCodes();
    const told = ({ status, body }: Awaited<ReturnType<typeof reset>>) => ({ status, ...body, request_id: '' });
    const unknown = told(await reset('A'.repeat(43)));
    expect(unknown).toMatchObject({ status: 400, code: 'code_invalid' });
    expect(told(await reset(codes.change))).toEqual(unknown);
    expect(told(await verify(codes.reset))).toEqual(unknown);
    expect(told(await verify('A'.repeat(43)))).toEqual(unknown);
    await reset(codes.reset);
    expect(told(await reset(codes.reset))).toEqual(unknown);
    expect(told(await verify(codes.change))).toEqual(unknown);
    waitAnHour();
    const late = await resetCode();
    clock.advance({ hours: 1 });
    expect(told(await reset(late))).toEqual(unknown);
    await api.signIn(ANN, { password: 'another horse battery' });
  });
});
