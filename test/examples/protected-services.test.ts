// The examples are run as they are, each with tokens of a real service.
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bearer } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { freePort, newProject, startProgram } from '../sdk/verifier/linked-sdk.ts';
import { openForge, sign } from '../tokens/forgeries.ts';

const python = process.env.PYTHON ?? 'python3';

/** What has to be there for the Flask example. */
const hasFlask = await promisify(execFile)(python, ['-c', 'import flask, jwt, cryptography']).then(
  () => true,
  () => false,
);
if (!hasFlask) {
  process.stderr.write(
    'examples/flask-api is not run: pip install -r examples/flask-api/requirements.txt, or set PYTHON.\n',
  );
}

const node = (): readonly [string, readonly string[]] => ['node', ['server.js']];
const flask = (port: number): readonly [string, readonly string[]] => [
  python,
  ['-m', 'flask', '--app', 'app', 'run', '--port', String(port)],
];

describe.each([
  ['koa-api', node, true],
  ['express-api', node, true],
  ['flask-api', flask, hasFlask],
] as const)('examples/%s', (name, commandFor, isRunnable) => {
  async function start() {
    const service = await startService({ clients: [secondClient] });
    const [issuer, audience] = [service.config.issuer, secondClient.audiences[0] ?? ''];
    const port = await freePort();
    const cwd = newProject({});
    cpSync(resolve('examples', name), cwd, { recursive: true });
    const [command, parameters] = commandFor(port);
    const env = { ISSUER: issuer, AUDIENCE: audience, PORT: String(port), ...homeOfPython() };
    const url = `http://localhost:${port}`;
    await startProgram({ command, parameters, cwd, env, url });

    const { user } = await service.api.signUp();
    const tokenFor = async (scope: string) => {
      const parameters = { client_id: secondClient.id, resource: audience, scope };
      return (await service.api.signIn(user.email, parameters)).access_token;
    };
    const send = (method: string, path: string, headers: Record<string, string> = {}) =>
      fetch(url + path, { method, headers });
    return { ...service, tokenFor, send, issuer, audience };
  }

  test.runIf(isRunnable)('lets in who may, and tells the others why not', async () => {
    const { send, tokenFor } = await start();
    const [reading, writing] = [bearer(await tokenFor('notes:read')), bearer(await tokenFor('notes:write'))];
    expect((await send('PUT', '/notes/milk', writing)).status).toBe(204);
    expect(await (await send('GET', '/notes', reading)).json()).toEqual({ notes: ['milk'] });

    const without = await send('GET', '/notes');
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="api"']);
    const weak = await send('PUT', '/notes/bread', reading);
    expect([weak.status, weak.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer realm="api", error="insufficient_scope", scope="notes:write"',
    ]);
  });

  test.runIf(isRunnable)('refuses what is not good here', async () => {
    const { send, tokenFor, audience, ...service } = await start();
    const forge = await openForge(service);
    const claims = { ...forge.claims, aud: audience, scope: 'notes:read' };
    const good = await sign({ ...forge, claims });
    expect((await send('GET', '/notes', bearer(good))).status).toBe(200);

    const iat = claims.iat ?? 0;
    const wrong = [
      forge.token,
      `${good.slice(0, -4)}AAAA`,
      await sign({ ...forge, claims: { ...claims, iss: 'https://other.example' } }),
      await sign({ ...forge, claims: { ...claims, iat: iat - 900, exp: iat - 600 } }),
      await sign({ ...forge, claims, header: { ...forge.header, typ: 'JWT' } }),
      await sign({ ...forge, claims, header: { ...forge.header, kid: 'unknown' } }),
    ];
    for (const [n, token] of [...wrong, 'x'].entries()) {
      const { status, headers } = await send('GET', '/notes', bearer(token));
      expect([n, status, headers.get('www-authenticate')]).toEqual([
        n,
        401,
        'Bearer realm="api", error="invalid_token"',
      ]);
    }
  });
});

/** Where the launchers of Python keep what they need. */
function homeOfPython(): Record<string, string> {
  const { HOME = '', PYENV_ROOT = '' } = process.env;
  return { HOME, ...(PYENV_ROOT && { PYENV_ROOT }) };
}
