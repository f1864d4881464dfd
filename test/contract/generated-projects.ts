// test/contract/generated-projects.ts: what somebody writes against a client that their own generator has made.

export interface GeneratedProject {
  /** The command of the generator, among those of the installed packages. */
  readonly command: string;
  readonly parameters: readonly string[];
  /** Takes the address of a service, and prints what became of each step as one JSON object. */
  readonly program: string;
}

/** The contract as the generators get it, in a project's folder. */
export const CONTRACT = 'openapi.yaml';

/** Before the generated client: what it says the bodies are that it sends to /token. */
const recording = `
const sentTypes: unknown[] = [];
const send = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  if (request.url.endsWith('/token')) sentTypes.push(request.headers.get('content-type'));
  return send(request);
};
`;

export const openapiTs: GeneratedProject = {
  command: 'openapi-ts',
  parameters: ['--input', CONTRACT, '--output', 'client', '--no-log-file'],
  program: `
import { urlSearchParamsBodySerializer } from './client/client/index.js';
import { client } from './client/client.gen.js';
import {
  createToken, getMe, listSessions, signUp,
  type CreateTokenData, type OAuthError, type Options, type Problem, type SignUpResponses, type TokenAnswer, type User,
} from './client/index.js';
${recording}
const credentials = { email: 'ada@example.com', password: 'correct horse battery' };
let accessToken: string | undefined;
client.setConfig({
  baseUrl: process.argv[2] ?? '',
  auth: ({ scheme }) => (scheme === 'bearer' ? accessToken : undefined),
});

type Extras = Pick<Options<CreateTokenData>, 'bodySerializer' | 'headers'>;
const form: Extras = {
  ...urlSearchParamsBodySerializer,
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'idempotency-key': crypto.randomUUID() },
};

async function getTokens(body: CreateTokenData['body'], extras: Extras): Promise<TokenAnswer> {
  const { data } = await createToken({ body, ...extras, throwOnError: true });
  if (!('refresh_token' in data)) throw new Error('These are the tokens of a client.');
  return data;
}

// The generator takes the answer without a body (202) for one of any type: the status tells which one it is.
const { data, response } = await signUp({ body: credentials, throwOnError: true });
if (response.status !== 201) throw new Error('The account is not there yet.');
const account = data as SignUpResponses[201];
accessToken = account.tokens?.access_token;
const { data: me } = await getMe({ throwOnError: true });
const user: User = me;

const password = { grant_type: 'password', username: credentials.email, password: credentials.password, remember_me: true } as const;
const asJson = await getTokens(password, {});
const signedIn = await getTokens(password, form);
const refreshed = await getTokens({ grant_type: 'refresh_token', refresh_token: signedIn.refresh_token }, form);
accessToken = refreshed.access_token;
const { data: list } = await listSessions({ throwOnError: true });

const { error: taken } = await signUp({ body: credentials });
const problem: Problem | undefined = taken;
const { error: wrong } = await createToken({ body: { ...password, password: 'battery horse correct' } });
const refusal: OAuthError | undefined = wrong;
// @ts-expect-error A sign-up without a password is none.
const { error: invalid } = await signUp({ body: { email: credentials.email } });

console.log(JSON.stringify({
  signedUp: account.user.email,
  me: user.email,
  asJson: asJson.token_type,
  sentTypes,
  isSameSession: refreshed.session_id === signedIn.session_id,
  isNextToken: refreshed.refresh_token !== signedIn.refresh_token,
  currentSession: list.sessions.find(({ current }) => current)?.id === refreshed.session_id,
  sessions: list.sessions.length,
  taken: [problem?.status, problem?.code],
  wrong: refusal?.error,
  invalid: invalid?.errors?.[0]?.pointer,
}));
`,
};

export const swaggerTypescriptApi: GeneratedProject = {
  command: 'swagger-typescript-api',
  parameters: ['generate', '--path', CONTRACT, '--output', 'client', '--name', 'api.ts', '--silent'],
  program: `
import {
  Api, ContentType,
  type HttpResponse, type OAuthError, type PasswordRequest, type Problem, type RefreshTokenRequest, type RequestParams,
  type SignUpAnswer, type TokenAnswer, type User,
} from './client/api.js';
${recording}
const credentials = { email: 'ada@example.com', password: 'correct horse battery' };
const api = new Api<string>({
  baseUrl: process.argv[2] ?? '',
  securityWorker: (token) => (token ? { headers: { Authorization: \`Bearer \${token}\` } } : {}),
});

// The worker sends the access token with whatever has a security scheme; at /token the client would have to be meant.
const json: RequestParams = { secure: false };
const form: RequestParams = {
  secure: false,
  type: ContentType.UrlEncoded,
  headers: { 'idempotency-key': crypto.randomUUID() },
};

async function getTokens(body: PasswordRequest | RefreshTokenRequest, params: RequestParams): Promise<TokenAnswer> {
  const { data } = await api.token.createToken(body, params);
  if (!('refresh_token' in data)) throw new Error('These are the tokens of a client.');
  return data;
}

const account: SignUpAnswer = (await api.signup.signUp(credentials)).data;
api.setSecurityData(account.tokens?.access_token ?? null);
const user: User = (await api.me.getMe()).data;

const password: PasswordRequest = {
  grant_type: 'password', username: credentials.email, password: credentials.password, remember_me: true,
};
const asJson = await getTokens(password, json);
const signedIn = await getTokens(password, form);
const refreshed = await getTokens({ grant_type: 'refresh_token', refresh_token: signedIn.refresh_token }, form);
api.setSecurityData(refreshed.access_token);
const { sessions } = (await api.me.listSessions()).data;

const refused = (response: HttpResponse<unknown, Problem>) => response;
const { error: problem } = await api.signup.signUp(credentials, json).catch(refused);
const { error: refusal } = await api.token
  .createToken({ ...password, password: 'battery horse correct' }, json)
  .catch((response: HttpResponse<unknown, OAuthError>) => response);
// @ts-expect-error A sign-up without a password is none.
const { error: invalid } = await api.signup.signUp({ email: credentials.email }, json).catch(refused);

console.log(JSON.stringify({
  signedUp: account.user.email,
  me: user.email,
  asJson: asJson.token_type,
  sentTypes,
  isSameSession: refreshed.session_id === signedIn.session_id,
  isNextToken: refreshed.refresh_token !== signedIn.refresh_token,
  currentSession: sessions.find(({ current }) => current)?.id === refreshed.session_id,
  sessions: sessions.length,
  taken: [problem.status, problem.code],
  wrong: refusal.error,
  invalid: invalid.errors?.[0]?.pointer,
}));
`,
};
