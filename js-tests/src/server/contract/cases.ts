/** Requests by chance: some as the contract wants them, some that differ from that in one thing. */
import fc from 'fast-check';
import type { RawRequest } from '../blackbox/raw_device.ts';
import { operations, type Operation } from './document.ts';
import { spoilt, valuesOf } from './values.ts';

/** Whoever may ask, and what is there to be asked about. */
export interface Cast {
  readonly tokens: Readonly<Record<Operation['credentials'][number], string>>;
  /** Ids that exist, for paths and for fields. */
  readonly ids: readonly string[];
}

/** What is expected beyond that the answer conforms. */
export type Expectation = 'anything' | 'refused' | 'unauthorized';

/** One request and what is known of its answer. */
export interface Case {
  readonly kind: string;
  readonly request: RawRequest;
  readonly expected: Expectation;
}

/** A device that asks for a socket is given one, which `fetch` cannot hold. */
const asked = operations.filter(({ path }) => path !== '/openapi.json');

/** Requests of all kinds. */
export function cases(cast: Cast): fc.Arbitrary<Case> {
  return fc.constantFrom(...asked).chain((operation) => ofOperation(operation, cast));
}

function ofOperation(operation: Operation, cast: Cast): fc.Arbitrary<Case> {
  const right = rightRequest(operation, cast);
  const kinds: fc.Arbitrary<Case>[] = [
    right.map((request) => ({ kind: 'as it should be', request, expected: 'anything' })),
    right.chain((request) => strangeQuery(request)),
  ];
  const { body, credentials } = operation;
  if (body !== undefined) {
    kinds.unshift(right.map((request) => ({ kind: 'as it should be', request, expected: 'anything' as const })));
    const wrong = fc.tuple(right, spoilt(body));
    kinds.push(
      ...Array.from({ length: 3 }, () =>
        wrong.map(([request, { value, how }]) => ({
          kind: 'a wrong body',
          request: { ...request, body: JSON.stringify(value), headers: { 'x-how': encodeURI(how.toWellFormed()) } },
          expected: 'refused' as const,
        })),
      ),
      right.chain(wrongEnvelope),
    );
  }
  if (credentials.length > 0) kinds.push(right.chain((request) => wrongCredential(request, operation, cast)));
  return fc.oneof(...kinds);
}

function rightRequest(operation: Operation, { tokens, ids }: Cast): fc.Arbitrary<RawRequest> {
  const [path, query] = [
    operation.parameters.filter((one) => one.in === 'path' && one.name === 'id'),
    operation.parameters.filter((one) => one.in === 'query'),
  ];
  const id =
    path[0] === undefined
      ? fc.constant('')
      : fc.oneof(
          fc.constantFrom(...ids),
          valuesOf(path[0].schema).filter((id) => id !== '.' && id !== '..'),
        );
  const asked = fc.record(Object.fromEntries(query.map(({ name, schema }) => [name, valuesOf(schema)])), {
    requiredKeys: [],
  });
  const token =
    operation.credentials.length === 0
      ? fc.constant(undefined)
      : fc.constantFrom(...operation.credentials).map((kind) => tokens[kind]);
  const body =
    operation.body === undefined
      ? fc.constant(undefined)
      : valuesOf(operation.body).map((value) => settled(value, operation));
  return fc.tuple(id, asked, token, body).map(([id, asked, token, body]) => ({
    method: operation.method,
    path:
      operation.path.replace('{id}', encodeURIComponent(String(id))).replace('{date}', '2026-10-31') + queryText(asked),
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }));
}

/** An exchange whose numbers go on as a stream does: what is behind that check is to be reached too. */
function settled(value: unknown, { path }: Operation): unknown {
  if (path !== '/sync/orders' && path !== '/sync/shifts') return value;
  const exchange = value as { mutations: Record<string, unknown>[] };
  return {
    ...exchange,
    cursor: null,
    mutations: exchange.mutations.map((mutation, place) => ({ ...mutation, seq: place + 1 })),
  };
}

function queryText(asked: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(asked).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function strangeQuery(request: RawRequest): fc.Arbitrary<Case> {
  const text = fc.oneof(
    fc.constantFrom('cursor=', 'limit=-1', 'limit=many', 'cursor=1.x.y.z', 'after=%00', 'status=maybe', '&&&==='),
    fc.webQueryParameters(),
  );
  return text.map((text) => ({
    kind: 'a strange query',
    request: { ...request, path: `${request.path.split('?')[0]}?${text}` },
    expected: 'anything',
  }));
}

/** What is around the JSON is wrong, or it is none. */
function wrongEnvelope(request: RawRequest): fc.Arbitrary<Case> {
  const text = String(request.body);
  const ways: Readonly<Record<string, Partial<RawRequest>>> = {
    'no media type': { headers: { 'content-type': 'text/plain' } },
    'a form': { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    'an unknown encoding': { headers: { 'content-encoding': 'br' } },
    'no gzip': { headers: { 'content-encoding': 'gzip' } },
    'cut short': { body: text.slice(0, -1) },
    nothing: { body: '' },
    'a key twice': { body: text.replace('{', '{"twice":1,"twice":2,') },
    'too deep': { body: `${'['.repeat(40)}${']'.repeat(40)}` },
    'too long': { body: `{"x":"${'x'.repeat(600_000)}"}` },
    'a list': { body: '[]' },
  };
  return fc.constantFrom(...Object.entries(ways)).map(([how, more]) => ({
    kind: 'a wrong envelope',
    request: { ...request, ...more, headers: { ...more.headers, 'x-how': encodeURI(how) } },
    expected: 'refused',
  }));
}

function wrongCredential(request: RawRequest, { credentials }: Operation, { tokens }: Cast): fc.Arbitrary<Case> {
  const strangers = Object.entries(tokens).filter(
    ([kind]) => !credentials.includes(kind as Operation['credentials'][number]),
  );
  const wrong = [
    undefined,
    'x',
    `dvc_ten_nobody.${'0'.repeat(64)}`,
    `adm_${'f'.repeat(64)}`,
    ...strangers.map(([, token]) => token),
  ];
  return fc.constantFrom(...wrong).map((token) => {
    const { token: _, ...rest } = request;
    return {
      kind: 'a wrong credential',
      request: token === undefined ? rest : { ...rest, token },
      expected: 'unauthorized',
    };
  });
}
