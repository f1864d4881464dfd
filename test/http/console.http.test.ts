// A body that breaks off is a stranger's doing. What is written about it goes through the log, or it is not written.
import { expect, test, vi } from 'vitest';
import { converse } from '../fuzz/conversation.ts';
import { startService } from '../harness/service.ts';

test('console: a malformed chunk is not reported beside the log', async () => {
  const { api } = await startService();
  const beside = vi.spyOn(console, 'error').mockImplementation(() => {});
  const head =
    'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked';
  await converse(api.baseUrl, `${head}\r\n\r\n4\nab=c\n0\n\n`);
  const reports = beside.mock.calls;
  beside.mockRestore();
  expect(reports).toEqual([]);
});
