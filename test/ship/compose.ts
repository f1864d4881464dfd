// test/ship/compose.ts: compose.yaml as Compose would read it.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const Service = z.object({
  image: z.string(),
  build: z.string().optional(),
  user: z.string().optional(),
  init: z.boolean().default(false),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  tmpfs: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.object({ test: z.array(z.string()), timeout: z.string() }),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  stop_grace_period: z.string(),
  networks: z.union([z.array(z.string()), z.record(z.string(), z.object({ ipv4_address: z.string().optional() }))]),
});
const Compose = z.object({ services: z.record(z.string(), Service), networks: z.record(z.string(), z.unknown()) });

export const composeText = readFileSync('compose.yaml', 'utf8');
export const compose = Compose.parse(parse(composeText, { merge: true }));
export type ComposeService = z.output<typeof Service>;

/** `name` of `${name:?why}` or `${name:-default}`. */
const variable = /\$\{(\w+)(?:(:[-?])([^}]*))?\}/g;

/** Every variable that is put in: the name, what is done without it, and the default or the complaint. */
export function variablesOf(text: string): { name: string; without: string; words: string }[] {
  return [...text.matchAll(variable)].map(([, name = '', without = '', words = '']) => ({ name, without, words }));
}

/** Throws, as Compose does, when one that has no default is missing. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(variable, (_, name: string, without: string, words: string) => {
    const value = values[name];
    if (value) return value;
    if (without === ':-') return words;
    throw new Error(`${name}: ${words}`);
  });
}

/** What the process gets. */
export function environmentOf(name: string, values: Readonly<Record<string, string>>): Record<string, string> {
  const { environment = {} } = compose.services[name] ?? {};
  return Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, fillIn(value, values)]));
}

export function addressOf(name: string): string {
  const { networks = {} } = compose.services[name] ?? {};
  const address = Array.isArray(networks) ? undefined : networks.front?.ipv4_address;
  if (address === undefined) throw new Error(`${name} has no address of its own.`);
  return address;
}

/** What somebody writes into .env. */
export const dotEnv = {
  ISSUER: 'https://id.example',
  SECRETS: 'a secret that only the tests may know',
  POSTGRES_PASSWORD: 'b7e1c0ffee',
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'Example <no-reply@id.example>',
  VERIFY_EMAIL_URL: 'https://app.example/verify-email#code={code}',
  RESET_PASSWORD_URL: 'https://app.example/reset-password#code={code}',
  TLS_FOLDER: './tls',
};
