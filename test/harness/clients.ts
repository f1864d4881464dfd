// test/harness/clients.ts: clients beside the built-in one.
import type { ClientRegistration } from '../../src/clients/clients.ts';

/** An application of the same house, for one service. */
export const secondClient: ClientRegistration = {
  id: 'notes-app',
  name: 'Notes',
  type: 'public',
  firstParty: true,
  grants: ['password', 'refresh_token'],
  scopes: ['notes:read', 'notes:write'],
  audiences: ['https://notes.example'],
  jwks: null,
  corsOrigins: [],
  accessTokenSeconds: null,
};

/** A service that has tokens of its own, and asks about those of others. */
export const backend: ClientRegistration = {
  ...secondClient,
  id: 'notes-service',
  name: 'The notes service',
  type: 'confidential',
  firstParty: false,
  grants: ['client_credentials'],
};
