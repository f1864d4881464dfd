// A service in Koa that only lets in who brings an access token of Latchkey.
import Router from '@koa/router';
import Koa from 'koa';
import { protect } from 'latchkey-sdk/koa';
import { createVerifier } from 'latchkey-sdk/verifier';

const { ISSUER = 'http://localhost:3000', AUDIENCE = ISSUER, PORT = '3100' } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE });

const notes = new Map();
const router = new Router();

router.get('/', protect(verifier, { optional: true }), (ctx) => {
  ctx.body = { hello: ctx.state.principal?.subject ?? 'stranger' };
});

router.get('/notes', protect(verifier, { scope: 'notes:read' }), (ctx) => {
  ctx.body = { notes: notes.get(ctx.state.principal.subject) ?? [] };
});

router.put('/notes/:note', protect(verifier, { scope: 'notes:write' }), (ctx) => {
  const { subject } = ctx.state.principal;
  notes.set(subject, [...(notes.get(subject) ?? []), ctx.params.note]);
  ctx.status = 204;
});

router.get('/everybody', protect(verifier, { roles: ['admin'] }), (ctx) => {
  ctx.body = { people: [...notes.keys()] };
});

new Koa().use(router.routes()).listen(Number(PORT));
