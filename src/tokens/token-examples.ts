// tokens/token-examples.ts: each grant as the contract shows it, asked for and answered.
import { story } from '../examples.ts';

const { ada, reports, laptop, phone } = story;

const clientAnswer = {
  access_token: story.accessToken,
  token_type: 'Bearer' as const,
  expires_in: 300,
  refresh_after: 241,
  scope: story.scope,
};

const signedIn = {
  ...clientAnswer,
  refresh_token: phone.refreshToken,
  refresh_expires_in: 14 * 24 * 3600,
  session_id: phone.sessionId,
};

/** Of somebody new, who has no role yet that gives a scope, and who is not remembered. */
export const signedUpExample = {
  ...signedIn,
  scope: '',
  refresh_token: laptop.refreshToken,
  refresh_expires_in: 2 * 3600,
  session_id: laptop.sessionId,
};

export const tokenAnswerExamples = {
  password: signedIn,
  refresh_token: { ...signedIn, refresh_token: phone.nextRefreshToken },
  client_credentials: clientAnswer,
};

export const tokenRequestExamples = {
  password: {
    grant_type: 'password',
    username: ada.email,
    password: ada.password,
    remember_me: true,
    scope: story.scope,
  },
  refresh_token: { grant_type: 'refresh_token', refresh_token: phone.refreshToken },
  client_credentials: {
    grant_type: 'client_credentials',
    client_id: reports.id,
    client_secret: reports.secret,
    scope: story.scope,
  },
};
