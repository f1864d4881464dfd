// test/harness/contract-check.ts: no answer may say what openapi.yaml does not: its status, its type and its shape.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsPlugin from 'ajv-formats';
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { describeContract, pathTemplate } from '../../src/openapi.ts';
import type { Answer } from './api.ts';

export type ContractCheck = (method: string, path: string, answer: Answer) => void;

/** Answers that the router gives before an operation is known. */
const UNROUTED = [404, 405];

export function createContractCheck(endpoints: readonly Endpoint[], issuer: string): ContractCheck {
  return (method, path, answer) => {
    const endpoint = endpoints.find((one) => one.method.toUpperCase() === method && fits(one.path, path));
    if (endpoint && !UNROUTED.includes(answer.status)) checkFor(endpoint, issuer)(answer);
  };
}

interface Known {
  readonly shape: string;
  readonly schemas: readonly unknown[];
  check(answer: Answer): void;
}

/** Describing an operation takes many milliseconds, and every test has a service of its own with the same ones. */
const known = new Map<string, Known>();

/** That of an earlier service, if it declared the very same answers. */
function checkFor(endpoint: Endpoint, issuer: string): Known['check'] {
  const { operationId, path, failures, limit, errors, guard, body, replies } = endpoint;
  const shape = JSON.stringify([path, failures, limit, errors, guard.errors, body === undefined, Object.keys(replies)]);
  const schemas = Object.values(replies).map(({ schema }) => schema);
  const earlier = known.get(operationId);
  if (earlier?.shape === shape && schemas.every((schema, at) => schema === earlier.schemas[at])) return earlier.check;
  const check = checkOf(endpoint, issuer);
  known.set(operationId, { shape, schemas, check });
  return check;
}

const NO_BODY = {};

function checkOf(endpoint: Endpoint, issuer: string) {
  const contract = describeContract([endpoint], issuer);
  const operation = Operation.parse(contract.paths[pathTemplate(endpoint.path)]?.[endpoint.method]);
  const findFault = createSchemaCheck(contract);

  return (answer: Answer): void => {
    const where = `${endpoint.operationId} ${answer.status}`;
    const response = operation.responses[answer.status];
    if (!response) throw new Error(`${where} is not in the contract`);
    const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
    const declared = Object.keys(response.content);
    if (!declared.includes(type) && type + declared !== '') throw new Error(`${where}: ${type}, not ${declared}`);
    const schema = response.content[type]?.schema ?? NO_BODY;
    const fault = findFault(schema, answer.body);
    if (fault !== null) throw new Error(`${where}: ${fault}`);
  };
}

/** Says what a schema of the contract has against a value; null if nothing. */
export function createSchemaCheck(contract: object) {
  // The contract is linted elsewhere: here it is only believed.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
  formatsPlugin.default(ajv);
  ajv.addSchema({ $id: 'contract', ...contract });
  const compiled = new WeakMap<object, ValidateFunction>();

  return (schema: object, value: unknown): string | null => {
    const validate = compiled.get(schema) ?? ajv.compile(absolute(schema));
    compiled.set(schema, validate);
    return validate(value) ? null : ajv.errorsText(validate.errors);
  };
}

function fits(declared: string, requested: string): boolean {
  const pattern = declared.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${pattern}(\\?|$)`).test(requested);
}

const Content = z.object({ schema: z.record(z.string(), z.unknown()) });
const Response = z.object({ content: z.record(z.string(), Content).default({}) });
const Operation = z.object({ responses: z.record(z.string(), Response) });

function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"contract#/components'));
}
