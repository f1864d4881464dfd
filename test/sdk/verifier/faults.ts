// test/sdk/verifier/faults.ts: every way in which an issuer fails to give its keys.
import { expect } from 'vitest';
import { type Answering, answerJson } from './issuer.ts';

/** What becomes of tokens meanwhile. */
export const unavailable = {
  code: 'keys_unavailable',
  status: 503,
  wwwAuthenticate: null,
  headers: { 'Retry-After': expect.stringMatching(/^\d+$/) },
};

export const down: Answering = (_, response) => void response.writeHead(503).end();
const hangingUp: Answering = (request) => void request.socket.destroy();
export const silent: Answering = () => {};
const endless: Answering = (_, response) => void response.writeHead(200).write('{"keys":[');
const empty = answerJson({ keys: [] });
const garbage: Answering = (_, response) => void response.writeHead(200).end('<html>');
const huge: Answering = (_, response) => void response.writeHead(200).end(`{"keys":[],"x":"${'x'.repeat(200_000)}"}`);

/** More than an issuer should ever say, and never at an end. */
const flooding: Answering = (_, response) => {
  response.writeHead(200);
  const pour = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    if (!response.destroyed) response.once('drain', pour);
  };
  pour();
};

const noneOfUse = answerJson({
  keys: [
    { kty: 'oct', kid: 'a', alg: 'HS256', k: 'AAAA' },
    { kty: 'EC', kid: 'b', alg: 'ES256', crv: 'P-256', x: 'AAAA', y: 'AAAA' },
    { kty: 'RSA', kid: 'c', alg: 'RS256', n: 'AAAA', e: 'AQAB' },
    { kty: 'EC', kid: 'd', alg: 'ES256', crv: 'P-256', x: 'AAAA', y: 'AAAA', use: 'enc' },
    null,
    'key',
  ],
});

export const faults: readonly (readonly [string, Answering])[] = [
  ['down', down],
  ['hanging up', hangingUp],
  ['silent', silent],
  ['never at the end', endless],
  ['empty', empty],
  ['no JSON', garbage],
  ['null', answerJson(null)],
  ['a list', answerJson([])],
  ['an object for a list', answerJson({ keys: {} })],
  ['without a usable key', noneOfUse],
  ['huge', huge],
  ['flooding', flooding],
  ['somewhere else', (_, response) => void response.writeHead(302, { Location: '/elsewhere/jwks.json' }).end()],
];
