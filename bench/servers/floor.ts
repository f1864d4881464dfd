// bench/servers/floor.ts: the floor: node:http by hand, with the core work of each scenario and nothing else: the hash, the
// seal, one statement and one commit (on SQLite WAL, synchronous=FULL), one signature. No schemas, no limits, no audit, no log. Its
// hashes step back as those of Latchkey do.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { lowerHashingThreads } from '../../src/platform/thread-priority.ts';
import { createFloorSessions } from './floor-sessions.ts';
import { createFloorTokens } from './floor-tokens.ts';
import { hash, verify } from './raw-hash.ts';
import { DATABASE_URL, FOLDER, origin, serve } from './serve.ts';

const PASSWORD = 'correct horse battery staple';
const BACKEND_SECRET = createHash('sha256').update('backend-secret').digest('hex');

const sessions = await createFloorSessions(FOLDER, DATABASE_URL);
const tokens = createFloorTokens(origin);
const jwks = Buffer.from(JSON.stringify({ keys: [tokens.jwk] }));
const stored = await hash(PASSWORD);
lowerHashingThreads();

type Form = URLSearchParams;

async function signIn(form: Form): Promise<object | null> {
  if (!(await verify(stored, form.get('password') ?? ''))) return null;
  const { id, userId } = await sessions.begin(form.get('username') ?? '');
  return answer(userId, id, 0);
}

async function refresh(form: Form): Promise<object | null> {
  const turn = tokens.open(form.get('refresh_token') ?? '');
  const userId = turn && (await sessions.advance(turn));
  return userId ? answer(userId, turn.sessionId, turn.generation + 1) : null;
}

function answer(userId: string, sessionId: string, generation: number): object {
  return {
    access_token: tokens.sign({ sub: userId, sid: sessionId, client_id: 'first-party', scope: '' }),
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: tokens.seal({ sessionId, generation }),
  };
}

function clientToken(request: IncomingMessage): object | null {
  if (!isBackend(request)) return null;
  const access_token = tokens.sign({ sub: 'backend', client_id: 'backend', scope: '' });
  return { access_token, token_type: 'Bearer', expires_in: 300 };
}

function isBackend({ headers: { authorization = '' } }: IncomingMessage): boolean {
  const [, secret = ''] = Buffer.from(authorization.slice('Basic '.length), 'base64').toString().split(':');
  return createHash('sha256').update(secret).digest('hex') === BACKEND_SECRET;
}

/** The claims of a token that is good and whose session stands. */
async function whoIs(token: string): Promise<Record<string, unknown> | null> {
  const claims = tokens.read(token);
  return claims && (await sessions.isAlive(String(claims.sid))) ? claims : null;
}

async function grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await text(request));
  switch (form.get('grant_type')) {
    case 'password':
      return send(response, await signIn(form));
    case 'refresh_token':
      return send(response, await refresh(form));
    default:
      return send(response, clientToken(request));
  }
}

async function introspect(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = new URLSearchParams(await text(request));
  const claims = isBackend(request) ? await whoIs(form.get('token') ?? '') : null;
  send(response, claims && { active: true, ...claims });
}

async function me(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const claims = tokens.read(request.headers.authorization?.slice('Bearer '.length) ?? '');
  const email = claims && (await sessions.emailOf(String(claims.sid)));
  send(response, email && { id: claims.sub, email });
}

async function forwardAuth(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const claims = await whoIs(request.headers.authorization?.slice('Bearer '.length) ?? '');
  response.writeHead(claims ? 204 : 401, { 'X-Auth-Subject': String(claims?.sub ?? '') }).end();
}

function send(response: ServerResponse, body: object | null | ''): void {
  const bytes = JSON.stringify(body || { error: 'invalid' });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(bytes) };
  response.writeHead(body ? 200 : 400, headers).end(bytes);
}

serve((request, response) => {
  switch (request.url) {
    case '/token':
      return void grant(request, response);
    case '/introspect':
      return void introspect(request, response);
    case '/me':
      return void me(request, response);
    case '/forward-auth':
      return void forwardAuth(request, response);
    default:
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': jwks.length }).end(jwks);
  }
});
