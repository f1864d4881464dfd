// Security events as lines of the log: when they have become true, and never before.
import { expect, test } from 'vitest';
import { AuditEvent } from '../../src/audit/audit-event.ts';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';

async function startListening() {
  const lines: string[] = [];
  const service = await startService({ onLog: (line) => void lines.push(line) });
  const events = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'audit');
  return { ...service, lines, events };
}

test('audit: what happened is a line of the log, with who, when, where and in which request', async () => {
  const { api, events } = await startListening();
  const { user, tokens } = await api.signUp({ email: 'ann@example.com' });
  const { headers } = await api.form('/token', { grant_type: 'password', username: 'ann@example.com', password: 'no' });
  expect(events()).toMatchObject([
    { type: 'user.signed_up', userId: user.id, clientId: 'first-party' },
    { type: 'session.started', userId: user.id, sessionId: tokens.session_id },
    {
      type: 'sign_in.failed',
      userId: user.id,
      network: '127.0.0.0/24',
      requestId: headers.get('x-request-id'),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 30,
    },
  ]);
});

test('audit: a refresh is a line of the log and no row', async () => {
  const { api, database, events } = await startListening();
  const { user, tokens } = await api.signUp();
  const rows = await database.em.fork().count(AuditEvent);
  await api.refresh(tokens.refresh_token);
  expect(events().at(-1)).toMatchObject({
    type: 'session.refreshed',
    userId: user.id,
    sessionId: tokens.session_id,
    clientId: 'first-party',
  });
  expect(await database.em.fork().count(AuditEvent)).toBe(rows);
});

test('audit: what was rolled back is not said', async () => {
  const { api, database, audit, events } = await startListening();
  const { user } = await api.signUp();
  const before = events().length;
  const origin = { ip: '192.0.2.1', userAgent: null, requestId: user.id };
  const broken = database.em.transactional(async (tx) => {
    await audit.record(tx, { type: 'user.deleted', userId: user.id, origin });
    throw new Error('after all');
  });
  await expect(broken).rejects.toThrow('after all');
  expect(events()).toHaveLength(before);
});

test('audit: a line is one line, whatever somebody is called', async () => {
  const { api, lines } = await startListening();
  const name = 'Ann"\\u001b[31m {"type":"user.deleted"}';
  await api.signUp({ email: 'ann@example.com', password: PASSWORD, name });
  for (const line of lines) {
    expect(line.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(line).type).not.toBe('user.deleted');
  }
});
