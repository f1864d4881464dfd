// scripts/contract-changes/breaks.ts: every way in which a contract does not keep what an earlier one has promised.
import type { Body, Contract, Operation, Parameter, Response } from './contract.ts';
import type { Schema } from './schema.ts';
import { type Pair, type Side, schemaBreaks } from './schemas.ts';

/** One sentence for each, which names the operation and the place. Nothing at all: clients of the earlier one go on. */
export function findBreaks(before: Contract, after: Contract): string[] {
  return [...before].flatMap(([route, operation]) => {
    const now = after.get(route);
    if (!now) return [`${operation.name} (${route}): the operation is gone.`];
    return operationBreaks({ before: operation, after: now }).map((text) => `${operation.name} (${route}): ${text}.`);
  });
}

function operationBreaks({ before, after }: Pair<Operation>): string[] {
  return [
    ...(before.name === after.name ? [] : [`the operation is called ${after.name} now`]),
    ...securityBreaks({ before: before.security, after: after.security }),
    ...parameterBreaks({ before: before.parameters, after: after.parameters }),
    ...bodyBreaks({ before: before.body, after: after.body }),
    ...responsesBreaks({ before: before.responses, after: after.responses }),
  ];
}

/** Whoever was let in by one of the alternatives is let in by one that takes no more. */
function securityBreaks({ before, after }: Pair<Operation['security']>): string[] {
  return before
    .filter((had) => !after.some((needs) => needs.every((need) => had.includes(need))))
    .map((had) => `whoever brings ${had.join(' and ') || 'no credentials'} is refused now`);
}

function parameterBreaks({ before, after }: Pair<Operation['parameters']>): string[] {
  const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => `${name} is gone`);
  const changed = [...after].flatMap(([name, now]) =>
    oneParameterBreaks(name, { before: before.get(name), after: now }),
  );
  return [...gone, ...changed];
}

function oneParameterBreaks(name: string, { before, after }: Pair<Parameter | undefined>): string[] {
  if (!before || !after) return after?.isRequired ? [`${name} is new and required`] : [];
  const needed = after.isRequired && !before.isRequired ? [`${name} is required now`] : [];
  const texts = schemaBreaks({ before: before.schema, after: after.schema }, { side: 'request', at: '' });
  return [...needed, ...texts.map((text) => `${name}: ${text}`)];
}

function bodyBreaks({ before, after }: Pair<Body | null>): string[] {
  if (!after) return before ? ['there is no request body any more'] : [];
  const needed = after.isRequired && !before?.isRequired ? ['the request body is required now'] : [];
  if (!before) return needed;
  return [...needed, ...contentBreaks('request', { before: before.content, after: after.content }, 'the request')];
}

function responsesBreaks({ before, after }: Pair<Operation['responses']>): string[] {
  const known = [...before].flatMap(([status, response]) =>
    responseBreaks(status, { before: response, after: after.get(status) }),
  );
  const strange = [...after.keys()].filter((status) => isSuccess(status) && !before.has(status));
  return [...known, ...strange.map((status) => `status ${status} is new, and clients do not expect it`)];
}

function responseBreaks(status: string, { before, after }: Pair<Response | undefined>): string[] {
  if (!before) return [];
  if (!after && isSuccess(status)) return [`status ${status} is gone`];
  const lost = isSuccess(status) ? [] : lostFailures(status, before, after);
  if (!after) return lost;
  const headers = before.headers.filter((name) => !after.headers.includes(name));
  return [
    ...lost,
    ...headers.map((name) => `the header ${name} of status ${status} is gone`),
    ...contentBreaks('response', { before: before.content, after: after.content }, `status ${status}`),
  ];
}

/** The examples of a failure are named after its code. */
function lostFailures(status: string, before: Response, after: Response | undefined): string[] {
  return before.examples
    .filter((code) => !after?.examples.includes(code))
    .map((code) => `the error ${code} is gone from status ${status}`);
}

function contentBreaks(side: Side, { before, after }: Pair<ReadonlyMap<string, Schema>>, where: string): string[] {
  return [...before].flatMap(([type, schema]) => {
    const now = after.get(type);
    if (!now) return [`the content type ${type} is gone from ${where}`];
    return schemaBreaks({ before: schema, after: now }, { side, at: '' }).map((text) => `${where} (${type}): ${text}`);
  });
}

function isSuccess(status: string): boolean {
  return status.startsWith('2');
}
