import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cable, cut, whole } from '../engine/cable.ts';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained, openReadyTill, sellSoup } from '../engine/till.ts';
import { until } from '../until.ts';
import { rowCounts } from './ledger.ts';
import { openRestaurant } from './restaurant.ts';

const server = sharedServer();
const incarnation = '0199f7a0-0000-7000-8000-00000000000a';

interface Request {
  readonly path?: string;
  readonly method?: string;
  readonly token?: string | null;
  readonly contentType?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

interface Problem {
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly request_id: string;
}

const exchange = (part: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ protocol: 1, app_version: '1', incarnation, cursor: null, limit: 500, mutations: [], ...part });
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const words = Array.from({ length: 140 }, () => 'x'.repeat(4000));

/** Each is refused whole, with this status and code. */
const refused: readonly (readonly [what: string, status: number, code: string, request: Request])[] = [
  ['half a body', 400, 'MALFORMED_BODY', { body: exchange().slice(0, 60) }],
  ['no body', 400, 'MALFORMED_BODY', { body: '' }],
  ['a body that is no JSON', 400, 'MALFORMED_BODY', { body: 'order 14001' }],
  ['a body that is no UTF-8', 400, 'MALFORMED_BODY', { body: Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d) }],
  ['a body over 512 KiB', 413, 'BODY_TOO_LARGE', { body: exchange({ app_version: words }) }],
  ['a list where an object belongs', 422, 'INVALID_REQUEST', { body: '[]' }],
  ["another program's JSON", 422, 'INVALID_REQUEST', { body: '{"jsonrpc":"2.0","method":"call","id":7}' }],
  ['a number in place of mutations', 422, 'INVALID_REQUEST', { body: exchange({ mutations: 7 }) }],
  ['a mutation of another shape', 422, 'INVALID_REQUEST', { body: exchange({ mutations: [{ op: 'add' }] }) }],
  ['deep JSON', 422, 'INVALID_REQUEST', { body: exchange({ extra: JSON.parse(nested(40)) }) }],
  ['JSON deep enough for a stack', 422, 'INVALID_REQUEST', { body: nested(100_000) }],
  ['a text over 4 KiB', 422, 'INVALID_REQUEST', { body: exchange({ app_version: 'x'.repeat(5000) }) }],
  ['a protocol of tomorrow', 426, 'PROTOCOL_UNSUPPORTED', { body: exchange({ protocol: 9 }) }],
  ['a cursor that is none', 410, 'CURSOR_EXPIRED', { body: exchange({ cursor: 'yesterday' }) }],
  ['a form', 415, 'UNSUPPORTED_MEDIA_TYPE', { contentType: 'application/x-www-form-urlencoded', body: 'a=1' }],
  ['JSON called text', 415, 'UNSUPPORTED_MEDIA_TYPE', { contentType: 'text/plain', body: exchange() }],
  ['an unknown token', 401, 'UNAUTHORIZED', { token: 'nobody-has-this', body: exchange() }],
  ['no token', 401, 'UNAUTHORIZED', { token: null, body: exchange() }],
  ['a device where an admin belongs', 403, 'FORBIDDEN', { path: '/admin/locations', body: '{}' }],
  ['a path that does not exist', 404, 'NOT_FOUND', { path: '/sync/everything', body: '{}' }],
  ['a method that does not exist', 405, 'METHOD_NOT_ALLOWED', { method: 'PUT', body: exchange() }],
];

for (const [what, status, code, request] of refused) {
  test(`${what} is refused with ${status} ${code}, and no table has a row more or less`, async () => {
    const { devices } = await openRestaurant(server(), ['Till A']);
    const { deviceToken } = only(devices);
    const before = await rowCounts(server());
    assert.ok((before['operations'] ?? -1) >= 0 && (before['records'] ?? -1) > 0, 'the tables are counted');
    const answer = await send({ token: deviceToken, ...request });
    const problem = (await answer.json()) as Problem;
    assert.deepEqual([answer.status, problem.status, problem.code], [status, status, code]);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(problem.type, `https://auraconnect.dev/problems/${code.toLowerCase()}`);
    assert.ok(problem.detail.length > 0 && problem.request_id.startsWith('req_'));
    assert.ok(!JSON.stringify(problem).includes(deviceToken));
    assert.deepEqual(await rowCounts(server()), before);
  });
}

test('a poisoned batch takes none of its healthy mutations along, and they pass without it', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(devices), { fetch: cable.fetch });
  cable.fate = cut;
  await sellSoup(till);
  cable.fate = async (_deliver, url, init) => {
    const body = JSON.parse(init.body ?? '') as { mutations: unknown[] };
    body.mutations.push({ op: 'poison' });
    return fetch(url, { ...init, body: JSON.stringify(body) });
  };
  const before = await rowCounts(server());
  till.setConnection('online');
  await until('the till has tried every size of batch', () => {
    const { lastErrorCode, exchanging } = till.status();
    return lastErrorCode === 'INVALID_REQUEST' && !exchanging;
  });
  assert.deepEqual(await rowCounts(server()), before);
  assert.equal(till.status().queueDepth, 4);
  cable.fate = whole;
  await drained(till);
  const after = await rowCounts(server());
  assert.equal((after['operations'] ?? 0) - (before['operations'] ?? 0), 4);
});

test("a device that names another tenant's order gets nothing of it and changes nothing in it", async () => {
  const [mine, theirs] = [await openRestaurant(server(), ['Till A']), await openRestaurant(server(), ['Till A'])];
  const owner = await openReadyTill(server().url, only(theirs.devices));
  const sold = await sellSoup(owner);
  await drained(owner);
  const record = 'SELECT rev, record FROM records WHERE tenant_id = ?1 AND record_id = ?2';
  const before = await server().sql(record, theirs.tenantId, sold.orderId);
  assert.equal(before.length, 1);

  // A well-formed mutation of the stranger, pointed at the owner's order.
  const cable = new Cable();
  const stranger = await openReadyTill(server().url, only(mine.devices), { fetch: cable.fetch });
  cable.fate = cut;
  await stranger.orders.open({ tableId: 'tbl_1' });
  await until('the stranger has tried to send', () => cable.pushes().length > 0 && !stranger.status().exchanging);
  const own = only(only(cable.pushes()).mutations);
  const change = { type: 'void_line', line_id: only(sold.lines).lineId, reason: 'not mine' };
  const body = exchange({ mutations: [{ ...own, record_id: sold.orderId, change }] });
  const answer = await send({ token: only(mine.devices).deviceToken, body });
  const reply = (await answer.json()) as { verdicts: { outcome: string; code?: string }[]; changes: { id: string }[] };
  assert.deepEqual(
    reply.verdicts.map(({ outcome, code }) => [outcome, code]),
    [['rejected', 'ORDER_UNKNOWN']],
  );
  assert.ok(reply.changes.every(({ id }) => id !== sold.orderId));
  const witness = await openReadyTill(server().url, await mine.enrol('Office'));
  assert.equal(witness.orders.get(sold.orderId), undefined);
  assert.deepEqual(await server().sql(record, theirs.tenantId, sold.orderId), before);
  assert.deepEqual(await server().sql(record, mine.tenantId, sold.orderId), []);
});

function send(request: Request): Promise<Response> {
  const { path = '/sync/orders', method = 'POST', token, contentType = 'application/json', body } = request;
  const headers = { 'content-type': contentType, ...(token && { authorization: `Bearer ${token}` }) };
  return fetch(`${server().url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
}
