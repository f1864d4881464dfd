// tokens/grants/parameters.ts: parameters that several grants share.
import { z } from 'zod';

/** Read by the client guard before the rest of the request is looked at. */
export const ClientId = z.string().optional().describe('By default the built-in first-party client.');

/** All ways of a client to authenticate, but for the header; read by the guard too. */
export const clientParameters = {
  client_id: ClientId,
  client_secret: z.string().optional().describe('Of a confidential client that does not use HTTP Basic.'),
  client_assertion: z.string().optional().describe('A JWT signed by the client (RFC 7523).'),
  client_assertion_type: z.string().optional().describe('`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`'),
};

export const Scope = z
  .string()
  .max(1000)
  .optional()
  .transform((scope) => scope ?? null)
  .describe('Space-separated; by default all that the client may have.');

export const Resource = z
  .string()
  .max(2000)
  .optional()
  .transform((resource) => resource ?? null)
  .describe(
    'The service that this access token is for (RFC 8707), and no other one is named in it. Each request may name another. By default the first audience of the client, else of the deployment.',
  );

/** A form can only say it in letters. */
export const RememberMe = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .default(false)
  .transform((value) => value === true || value === 'true')
  .describe('Keep the session for weeks instead of hours.');
