// The examples are run as they are, each with tokens of a real service.
import { cpSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bearer } from '../harness/api.ts';
import { secondClient } from '../harness/clients.ts';
import { startService } from '../harness/service.ts';
import { flask as flaskTool, needs } from '../harness/tools.ts';
import { freePort, newProject, startProgram } from '../sdk/verifier/linked-sdk.ts';
import { openForge, sign } from '../tokens/forgeries.ts';

const node = (): readonly [string, readonly string[]] => ['node', ['server.js']];
const flask = (port: number): readonly [string, readonly string[]] => [
  flaskTool.find() ?? 'python3',
  ['-m', 'flask', '--app', 'app', 'run', '--port', String(port)],
];

describe.each([
  ['koa-api', node, {}],
  ['express-api', node, {}],
  ['flask-api', flask, needs(flaskTool)],
] as const)('examples/%s', (name, commandFor, options) => {
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

  test('lets in who may, and tells the others why not', options, async () => {
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

  test('refuses what is not good here', options, async () => {
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
