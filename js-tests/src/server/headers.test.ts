/** What the running Worker says in the headers of its answers, to devices and to pages of other origins. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ask, type RawAnswer, type RawRequest } from './blackbox/raw_device.ts';
import { type LocalServer, startLocalServer } from './local_server.ts';
import { openRestaurant } from './restaurant.ts';

const ours = 'https://pos.example.com';
const office = 'https://office.example.com';
/** Each looks like one of ours and is none. */
const strangers = [
  'https://evil.example',
  'https://pos.example.com.evil.net',
  'https://pos.example.com:8443',
  'http://pos.example.com',
  'https://POS.example.com',
  `${ours},${office}`,
  'null',
  '*',
];

let server: LocalServer;

before(async () => {
  server = await startLocalServer({ allowedOrigins: [ours, office] });
});
after(() => server.stop());

/** On every answer, whatever it is. */
const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  vary: 'Origin',
};

function isSentWithCare({ headers }: RawAnswer, what: string): void {
  const said = Object.fromEntries(Object.keys(always).map((name) => [name, headers.get(name)]));
  assert.deepEqual(said, always, what);
  assert.match(headers.get('x-request-id') ?? '', /^req_[0-9a-z-]+$/, what);
}

const crossOrigin = ({ headers }: RawAnswer) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

const operator = () => ({ token: server.operatorToken });
const body = { name: 'Saltmarsh' };
/** One of every kind of answer. */
const kinds: readonly (readonly [status: number, what: string, request: () => RawRequest])[] = [
  [200, 'an answer', () => ({ method: 'GET', path: '/health' })],
  [201, 'something made', () => ({ method: 'POST', path: '/admin/tenants', body, ...operator() })],
  [204, 'a preflight', () => ({ method: 'OPTIONS', path: '/sync/orders' })],
  [400, 'a body that is no JSON', () => ({ method: 'POST', path: '/admin/tenants', body: '{', ...operator() })],
  [401, 'nobody', () => ({ method: 'GET', path: '/sync/changes' })],
  [404, 'a path that does not exist', () => ({ method: 'GET', path: '/sync/everything' })],
  [405, 'a method that does not exist', () => ({ method: 'DELETE', path: '/sync/orders' })],
  [422, 'another shape', () => ({ method: 'POST', path: '/admin/tenants', body: [], ...operator() })],
];

for (const [status, what, request] of kinds) {
  test(`${what} (${status}) is kept, guessed, framed and told on by nobody, and one named origin may read it`, async () => {
    const { headers, ...rest } = request();
    const answer = await ask(server.url, { ...rest, headers: { ...headers, origin: ours } });
    assert.equal(answer.status, status, answer.text);
    isSentWithCare(answer, what);
    assert.equal(answer.headers.get('access-control-allow-origin'), ours);
    assert.equal(answer.headers.get('access-control-expose-headers'), 'X-Request-Id, Retry-After');
    assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.equal(answer.headers.has('allow'), status === 405);
    assert.equal(answer.headers.get('www-authenticate'), status === 401 ? 'Bearer' : null);
    if (status >= 400) {
      const problem = JSON.parse(answer.text) as { status: number; request_id: string };
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.deepEqual([problem.status, problem.request_id], [status, answer.headers.get('x-request-id')]);
    }
  });
}

test('a refused method is told which there are, and a preflight is told no others', async () => {
  const refused = await ask(server.url, { method: 'DELETE', path: '/admin/staff' });
  assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, POST']);
  const preflight = await ask(server.url, { method: 'OPTIONS', path: '/admin/staff', headers: { origin: office } });
  assert.deepEqual([preflight.status, preflight.text], [204, '']);
  assert.equal(preflight.headers.get('access-control-allow-origin'), office, 'each of the named ones');
  assert.equal(preflight.headers.get('access-control-allow-methods'), refused.headers.get('allow'));
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'Authorization, Content-Type, Content-Encoding');
  assert.equal(preflight.headers.get('access-control-max-age'), '600');
});

test('no other origin gets anything, and a request without one is asked by no page', async () => {
  for (const origin of [...strangers, undefined]) {
    const headers = origin === undefined ? {} : { origin };
    for (const [status, what, request] of kinds.filter(([status]) => status !== 204)) {
      const answer = await ask(server.url, { ...request(), headers });
      assert.equal(answer.status, status, `${what} for ${origin}`);
      assert.deepEqual(crossOrigin(answer), [], `${what} for ${origin}`);
      isSentWithCare(answer, `${what} for ${origin}`);
    }
    const preflight = await ask(server.url, { method: 'OPTIONS', path: '/sync/orders', headers });
    assert.deepEqual([preflight.status, crossOrigin(preflight)], [405, []], `a preflight for ${origin}`);
  }
});

test('a server that names no origin lets no page of another one read', async (context) => {
  const closed = await startLocalServer();
  context.after(() => closed.stop());
  for (const origin of [ours, 'null', '*']) {
    const answer = await ask(closed.url, { method: 'GET', path: '/health', headers: { origin } });
    assert.deepEqual([answer.status, crossOrigin(answer)], [200, []], origin);
  }
});

test('what the host throws into the WebAssembly ends the request with a code, and the next is a sound one', async (context) => {
  const files = [fileURLToPath(new URL('./trapping.mjs', import.meta.url))] as const;
  const failing = await startLocalServer({ within: { files, databases: [] } });
  context.after(() => failing.stop());
  const thrown = { method: 'GET', path: '/health', headers: { 'x-throw': 'now' } };
  const failed = await Promise.race([ask(failing.url, thrown), sleep(20_000, undefined, { ref: false })]);
  assert.ok(failed, 'the request is answered');
  assert.deepEqual([failed.status, (JSON.parse(failed.text) as { code: string }).code], [500, 'INTERNAL']);
  assert.equal((await ask(failing.url, { method: 'GET', path: '/health' })).status, 200);
});

test('a body that is declared longer than 32 bits can say is refused unread', async (context) => {
  const own = await startLocalServer();
  context.after(() => own.stop());
  const { hostname, port } = new URL(own.url);
  const socket = connect(Number(port), hostname);
  context.after(() => socket.destroy());
  const { devices } = await openRestaurant(own, ['Till']);
  const head = [
    'POST /sync/orders HTTP/1.1',
    `Host: ${hostname}`,
    `Authorization: Bearer ${devices[0]!.deviceToken}`,
    'Content-Type: application/json',
    'Content-Length: 5000000000',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n{`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1.1 413 /);
});

test('where the WebAssembly itself fails the answer has the same headers and a code, and the next is a sound one', async (context) => {
  const files = [fileURLToPath(new URL('./trapping.mjs', import.meta.url))] as const;
  const failing = await startLocalServer({ within: { files, databases: [] } });
  context.after(() => failing.stop());
  const [failed, health] = [
    await ask(failing.url, { method: 'GET', path: '/health', headers: { 'x-trap': 'now' } }),
    await ask(failing.url, { method: 'GET', path: '/health' }),
  ];
  const problem = JSON.parse(failed.text) as Record<string, unknown>;
  assert.deepEqual([failed.status, problem['status'], problem['code']], [500, 500, 'INTERNAL']);
  assert.equal(problem['type'], 'https://auraconnect.dev/problems/internal');
  assert.equal(failed.headers.get('content-type'), 'application/problem+json');
  assert.equal(problem['request_id'], failed.headers.get('x-request-id'));
  isSentWithCare(failed, 'the last resort');
  assert.ok(!failed.text.includes('unreachable'), "what went wrong is nobody else's to know");
  assert.deepEqual([health.status, (JSON.parse(health.text) as { status: string }).status], [200, 'ok']);
  const names = ({ headers }: RawAnswer) => [...headers.keys()].filter((name) => name in always).sort();
  assert.deepEqual(names(failed), names(health));
});
