// bench/servers/koa.ts: a bare Koa that answers with the bytes of a key set: what the framework costs by itself.
import { exportJWK, generateKeyPair } from 'jose';
import Koa from 'koa';
import { serve } from './serve.ts';

const { publicKey } = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), use: 'sig', alg: 'ES256', kid: 'one' };
const bytes = JSON.stringify({ keys: [jwk] });

const app = new Koa();
app.use((ctx) => {
  ctx.type = 'application/jwk-set+json';
  ctx.body = bytes;
});
serve(app.callback());
