/** The server's contract, docs/openapi.json, which a native test holds to what the server serves. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** JSON Schema as it stands in the document. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a request may be answered with one status. */
export interface Response {
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** A parameter in the path or the query. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: Schema;
}

/** One endpoint. */
export interface Operation {
  readonly method: string;
  /** With `{id}` in it, where it is about something that is named, and `{date}` where it is about a day of it. */
  readonly path: string;
  /** Which credentials may be used; none: anybody may ask. */
  readonly credentials: readonly ('operator' | 'admin' | 'device')[];
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
  readonly responses: Readonly<Record<string, Response>>;
}

interface Written {
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
}

const file = fileURLToPath(new URL('../../../../docs/openapi.json', import.meta.url));

/** The whole document. */
export const document = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Written>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** What a reference within the document leads to. */
export function resolved(reference: string): unknown {
  const [, , kind = '', name = ''] = reference.split('/');
  const found = document.components[kind]?.[name];
  assert.ok(found !== undefined, `${reference} leads nowhere`);
  return found;
}

/** Every endpoint. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, written]) => ({
    method: method.toUpperCase(),
    path,
    credentials: written.security.flatMap((way) => Object.keys(way) as Operation['credentials'][number][]),
    parameters: written.parameters ?? [],
    ...(written.requestBody ? { body: written.requestBody.content['application/json'].schema } : {}),
    responses: Object.fromEntries(
      Object.entries(written.responses).map(([status, response]) => [
        status,
        '$ref' in response ? (resolved(response.$ref) as Response) : response,
      ]),
    ),
  })),
);

/** The endpoint that a request is about; nothing where the contract has no such path, or not with this method. */
export function operationAt(method: string, path: string): Operation | undefined {
  const [bare = ''] = path.split('?');
  const matches = (pattern: string): boolean =>
    new RegExp(`^${pattern.replaceAll(/\{(?:id|date)\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(bare);
  return operations.find((operation) => operation.method === method && matches(operation.path));
}
