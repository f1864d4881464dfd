import { expect, test } from 'vitest';
import { PASSWORD } from '../harness/api.ts';
import { startService } from '../harness/service.ts';
import { expectFailure } from '../http/failures.ts';

/** The comparison of the password with the names of the account sees them before they are known to be text. */
test.each([
  ['preferred_username', { $ne: null }],
  ['preferred_username', ['ann']],
  ['preferred_username', 5],
  ['preferred_username', true],
  ['email', { address: { $ne: null } }],
  ['email', { address: 5 }],
])('sign-up: %s that is %j is 400', async (member, value) => {
  const { api } = await startService();
  const answer = await api.post('/signup', { email: 'ann@example.com', password: PASSWORD, [member]: value });
  expectFailure(answer, 'problem', 400, 'invalid_request');
  expect(answer.body.errors).toMatchObject([{ pointer: `/${member}` }]);
});
