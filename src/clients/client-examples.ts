// clients/client-examples.ts: a backend service as the contract shows it, asked for and registered.
import { story } from '../examples.ts';

const { reports, scope, audience, at } = story;

export const registrationExample = {
  id: reports.id,
  name: reports.name,
  type: 'confidential',
  grants: ['client_credentials'],
  scopes: [scope],
  audiences: [audience],
};

export const clientExample = {
  ...registrationExample,
  first_party: false,
  cors_origins: [],
  jwks: null,
  access_token_seconds: null,
  secrets_since: [at.clientMade],
  disabled: false,
  created_at: at.clientMade,
  updated_at: at.clientMade,
};
