// A service in Express that only lets in who brings an access token of Latchkey.
import express from 'express';
import { protect } from 'latchkey-sdk/express';
import { createVerifier } from 'latchkey-sdk/verifier';

const { ISSUER = 'http://localhost:3000', AUDIENCE = ISSUER, PORT = '3100' } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE });

const notes = new Map();
const app = express();

app.get('/', protect(verifier, { optional: true }), (req, res) => {
  res.json({ hello: req.auth?.subject ?? 'stranger' });
});

app.get('/notes', protect(verifier, { scope: 'notes:read' }), (req, res) => {
  res.json({ notes: notes.get(req.auth.subject) ?? [] });
});

app.put('/notes/:note', protect(verifier, { scope: 'notes:write' }), (req, res) => {
  const { subject } = req.auth;
  notes.set(subject, [...(notes.get(subject) ?? []), req.params.note]);
  res.status(204).end();
});

app.get('/everybody', protect(verifier, { roles: ['admin'] }), (_req, res) => {
  res.json({ people: [...notes.keys()] });
});

app.listen(Number(PORT));
