// discovery/docs-routes.ts: the reference at /docs, drawn by Swagger UI from the live contract. Nothing of it comes from
// elsewhere.
import { readFile } from 'node:fs/promises';
import type { Page, Site } from '../http/pages.ts';

const FOLDER = '/docs';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Latchkey API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${FOLDER}/swagger-ui.css">
<div id="reference">The reference needs JavaScript. The contract itself is at <a href="/openapi.yaml">/openapi.yaml</a>.</div>
<script src="${FOLDER}/swagger-ui-bundle.js"></script>
<script src="${FOLDER}/start.js"></script>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayOperationId: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** Swagger UI sets styles on its elements, and draws its arrows from addresses that hold the whole picture. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function docsSite(): Site {
  return {
    name: 'docs',
    policy,
    pages: new Map([
      [FOLDER, written('text/html', page)],
      [`${FOLDER}/start.js`, written('text/javascript', start)],
      [`${FOLDER}/swagger-ui.css`, packaged('text/css', 'swagger-ui.css')],
      [`${FOLDER}/swagger-ui-bundle.js`, packaged('text/javascript', 'swagger-ui-bundle.js')],
    ]),
  };
}

function written(contentType: string, text: string): Page {
  return { contentType, read: async () => Buffer.from(text) };
}

function packaged(contentType: string, file: string): Page {
  return { contentType, read: () => readFile(new URL(import.meta.resolve(`swagger-ui-dist/${file}`))) };
}
