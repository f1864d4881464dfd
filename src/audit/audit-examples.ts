// audit/audit-examples.ts: two of the things that happened, as the contract shows them.
import { story } from '../examples.ts';

const { app, ada, grace, phone, at } = story;

export const roleGivenExample = {
  id: '019cadfd-8900-7e55-8ada-000000000007',
  type: 'user.roles_changed',
  occurred_at: at.roleGiven,
  user_id: ada.id,
  client_id: app,
  session_id: null,
  ip: '203.0.113.5',
  request_id: '019cadfd-8900-7d44-8ada-000000000008',
  details: { by: grace.id },
};

export const signedInExample = {
  id: '019cae19-0040-7e55-8ada-000000000009',
  type: 'session.started',
  occurred_at: at.signIn,
  user_id: ada.id,
  client_id: app,
  session_id: phone.sessionId,
  ip: phone.ip,
  request_id: '019cae19-0040-7d44-8ada-00000000000a',
  details: {},
};
