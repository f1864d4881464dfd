// openapi.ts: from the endpoints' declarations to an OpenAPI 3.1 document. Pure: the same endpoints, the same document.
import { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { acceptedTypes } from './http/body.ts';
import type { Endpoint } from './http/endpoint.ts';
import { envelopes } from './http/problem.ts';
import type { ReplyShape } from './http/reply.ts';
import { failureExamples, failuresByStatus, failureTitles } from './openapi-failures.ts';

type Json = Record<string, unknown>;
type Schema = z.ZodType;

/** What is described once and referred to, gathered while the operations are written. */
interface Components {
  readonly schemas: Json;
  readonly examples: Json;
}

const tags = [
  { name: 'Tokens', description: 'Signing in, refreshing, revoking (RFC 6749, RFC 7009).' },
  { name: 'Account', description: 'Signing up, and the signed-in user.' },
  { name: 'Sessions', description: 'One sign-in on one device each.' },
  { name: 'Administration', description: 'For those who look after people, programs and roles.' },
  { name: 'Discovery', description: 'What other services need in order to verify tokens.' },
  { name: 'Operations', description: 'For whoever runs the service.' },
];

export function describeContract(endpoints: readonly Endpoint[], serverUrl: string) {
  const components: Components = { schemas: {}, examples: {} };
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = pathTemplate(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method]: describeOperation(endpoint, components) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version: packageJson.version,
      summary: 'Credentials in, tokens out.',
      description,
      license,
    },
    servers: [{ url: serverUrl }],
    tags,
    paths,
    components: {
      schemas: sorted(components.schemas),
      examples: sorted(components.examples),
      securitySchemes,
    },
  };
}

/** The router says `:session_id` where OpenAPI says `{session_id}`. */
export function pathTemplate(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

/** Written out in full: readers of YAML do not all follow aliases. */
export async function toYaml(contract: object): Promise<string> {
  const { stringify } = await import('yaml'); // most instances never need it
  return stringify(contract, { aliasDuplicateObjects: false });
}

/** What holds for every operation. */
const description = `
\`/token\`, \`/revoke\` and \`/introspect\` speak OAuth 2.0: a form in, JSON out, and errors of RFC 6749. All other
operations take JSON, and their errors are problem details (RFC 9457).

Times are in UTC (RFC 3339); in tokens, introspection and claims they are seconds since 1970. Durations are in seconds.

Until the next major version (below 1.0.0: minor version) nothing here is taken away. Operations, members of answers and
codes of errors may be added: a client ignores what it does not know.
`.trim();

const license = { name: 'MIT', identifier: 'MIT' };

const securitySchemes = {
  clientSecretBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'Identifier and secret of a confidential client, each form-encoded first (RFC 6749 section 2.3.1).',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of this service (RFC 6750).',
  },
  metricsToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The METRICS_TOKEN of the deployment.',
  },
};

function describeOperation(endpoint: Endpoint, components: Components): Json {
  const { operationId, tag, summary, description, guard, body } = endpoint;
  const parameters = [
    ...describeParameters('path', endpoint.params),
    ...describeParameters('query', endpoint.query),
    ...describeParameters('header', endpoint.headers),
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: guard.requirements,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: describeBody(endpoint, body, components) }),
    responses: { ...describeReplies(endpoint, components), ...describeFailures(endpoint, components) },
  };
}

function describeParameters(place: 'path' | 'query' | 'header', schema: Schema | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = toJsonSchema(schema, 'input');
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = asObject(property);
    return { name, in: place, required: place === 'path' || required.includes(name), description, schema: rest };
  });
}

function describeBody({ failures: form, bodyExamples }: Endpoint, body: Schema, { schemas }: Components): Json {
  const media = describeMedia(define(body, 'input', schemas), inline(bodyExamples));
  const content = Object.fromEntries(acceptedTypes[form].map((type) => [type, media]));
  return { required: !body.safeParse({}).success, content };
}

function describeReplies({ replies }: Endpoint, components: Components): Json {
  return Object.fromEntries(
    Object.entries(replies).map(([status, shape]) => [
      status,
      describeReply({ ...usualHeaders(status), ...shape }, inline(shape.examples), components.schemas),
    ]),
  );
}

/** One response for each status, whose description lists what can be behind it. */
function describeFailures(endpoint: Endpoint, { schemas, examples: shared }: Components): Json {
  return Object.fromEntries(
    [...failuresByStatus(endpoint)].map(([status, codes]) => {
      const description = failureTitles(endpoint, codes);
      const shape = { ...envelopes[endpoint.failures], ...usualHeaders(status), description };
      return [status, describeReply(shape, failureExamples(endpoint, codes, shared), schemas)];
    }),
  );
}

function describeReply(shape: ReplyShape, examples: Json, schemas: Json): Json {
  const { contentType, schema } = shape;
  const said = { description: shape.description, ...describeHeaders(shape) };
  if (!contentType || !schema) return said;
  return { ...said, content: { [contentType]: describeMedia(define(schema, 'output', schemas), examples) } };
}

/** What goes with a status, whatever the operation. */
function usualHeaders(status: number | string): Pick<ReplyShape, 'headers'> {
  const headers = headersByStatus[Number(status)];
  return headers ? { headers } : {};
}

const challenge = { 'WWW-Authenticate': 'What is needed to be let in (RFC 6750 section 3).' };
const later = { 'Retry-After': 'Seconds until it is worth another try.' };
const headersByStatus: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  201: { Location: 'The path of what was made.' },
  401: challenge,
  403: challenge,
  429: later,
  503: later,
};

function describeHeaders({ headers }: ReplyShape): Json {
  if (!headers) return {};
  const described = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return { headers: Object.fromEntries(described) };
}

function describeMedia(schema: Json, examples: Json): Json {
  return { schema, ...(Object.keys(examples).length > 0 && { examples }) };
}

function inline(examples: Readonly<Json> = {}): Json {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}

/** A reference to the schema if it has a name, the schema itself if not; named schemas go to the components. */
function define(schema: Schema, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _, $defs = {}, ...rest } = toJsonSchema(schema, io);
  for (const [name, definition] of Object.entries($defs)) schemas[name] = definition;
  return rest;
}

function toJsonSchema(schema: Schema, io: 'input' | 'output') {
  return asSchema(JSON.parse(relocated(z.toJSONSchema(schema, { io, override }))));
}

/** Definitions live in the components of the document, not beside each use. */
function relocated(schema: unknown): string {
  return JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
}

/**
 * zod's regular expressions for formats are long and say nothing that the format does not; so do its integer bounds. It
 * leaves out the examples of whatever it transforms, because they might be of either side; ours are of the wire.
 */
function override({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: Json }): void {
  const { examples } = z.globalRegistry.get(zodSchema) ?? {};
  if (examples) jsonSchema.examples = examples;
  if (jsonSchema.format) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  delete jsonSchema.id;
}

const asObject = z.record(z.string(), z.unknown()).parse;
const asSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  $defs: z.record(z.string(), z.unknown()).optional(),
}).parse;

function sorted(members: Json): Json {
  return Object.fromEntries(Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1)));
}
