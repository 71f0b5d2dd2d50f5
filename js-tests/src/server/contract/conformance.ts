/** Whether an answer is one that the contract allows: its status, its headers, its kind and every field of its body. */
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { document, operationAt, resolved, type Response, type Schema } from './document.ts';

/** What is looked at of a request. */
export interface Asked {
  readonly method: string;
  readonly path: string;
}

/** What is looked at of an answer. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const ajv = new Ajv2020({ strict: false, validateFormats: true, allErrors: true });
ajvFormats.default(ajv);
ajv.addSchema({ $id: 'contract', components: document.components });

const compiled = new Map<string, ValidateFunction>();

/** Whether a value has a form; what is wrong with it is in `errors`. */
export function validator(schema: Schema): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/');
  const known = compiled.get(text) ?? ajv.compile(JSON.parse(text) as Schema);
  compiled.set(text, known);
  return known;
}

/** Fails where the contract does not allow this answer to this request. */
export function assertConforms({ method, path }: Asked, answer: Answered): void {
  const what = `${method} ${path} answered ${answer.status} ${answer.text.slice(0, 400)}`;
  const operation = operationAt(method, path);
  if (operation === undefined) {
    // The document says it once for all paths: a method or a path that is not there.
    assert.ok([404, 405, 204].includes(answer.status), `the contract has no such endpoint: ${what}`);
    return;
  }
  const response = operation.responses[answer.status];
  assert.ok(response, `the contract knows no such status: ${what}`);
  assertHeaders(response, answer.headers, what);
  const [[mediaType, { schema }] = ['', { schema: {} }]] = Object.entries(response.content ?? {});
  assert.equal(answer.headers.get('content-type') ?? '', mediaType, what);
  if (mediaType === '') return;
  const body: unknown = JSON.parse(answer.text);
  const conforms = validator(schema);
  assert.ok(conforms(body), `${JSON.stringify(conforms.errors?.slice(0, 4), null, 1)}\n${what}`);
}

function assertHeaders({ headers = {} }: Response, given: Headers, what: string): void {
  for (const [name, { $ref }] of Object.entries(headers)) {
    const { schema, required } = resolved($ref) as { readonly schema: Schema; readonly required: boolean };
    const text = given.get(name);
    if (text === null && !required) continue;
    assert.ok(text !== null, `${name} is missing: ${what}`);
    const value = schema['type'] === 'integer' ? Number(text) : text;
    assert.ok(validator(schema)(value), `${name}: ${text}: ${what}`);
  }
}
