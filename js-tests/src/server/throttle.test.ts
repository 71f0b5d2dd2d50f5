/** Cloudflare's rate-limit binding in front of the running Worker. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type LocalServer, startLocalServer } from './local_server.ts';
import { type Restaurant, openRestaurant } from './restaurant.ts';

let server: LocalServer;
let restaurant: Restaurant;

before(async () => {
  server = await startLocalServer({ devicePerMinute: 20 });
  restaurant = await openRestaurant(server, ['Till A', 'Till B', 'Till C']);
});
after(() => server.stop());

const tokenOf = (place: number) => restaurant.devices[place]?.deviceToken ?? '';

const exchangeBody = () =>
  JSON.stringify({
    protocol: 1,
    app_version: '1.4.0',
    incarnation: '01a19456-9e38-7000-8000-00000000aaaa',
    cursor: null,
    limit: 500,
    mutations: [],
  });

function exchange(token: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/sync/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  });
}

async function codeOf(answer: Response): Promise<string> {
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  return ((await answer.json()) as { code: string }).code;
}

test('a device that asks too often is told when to come back, and the others are served', async () => {
  const answers: Response[] = [];
  for (let asked = 0; asked < 45; asked += 1) answers.push(await exchange(tokenOf(1), exchangeBody()));
  // A minute may turn while this runs, and then up to twice as many are admitted.
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 5 && answers.length - refused.length >= 20, `${refused.length} were refused`);
  const [first] = refused;
  assert.ok(first);
  assert.equal(first.headers.get('retry-after'), '10');
  assert.equal(await codeOf(first), 'TOO_MANY_REQUESTS');
  assert.equal((await exchange(tokenOf(2), exchangeBody())).status, 200);
});

test('of fifty wrong enrolment codes at once D1 lets twenty be looked at, and a tenant nobody has costs no row', async () => {
  const guess = (tenantId: string, number: number) =>
    fetch(`${server.url}/devices/enrol`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        code: `${tenantId}.${number.toString(16).padStart(32, '0')}`,
        name: 'Till',
        platform: 'web',
        app_version: '1.4.0',
      }),
    });
  const tenantId = restaurant.devices[0]?.tenantId ?? '';
  const numbers = Array.from({ length: 50 }, (_, number) => number);
  const answers = await Promise.all(numbers.map((number) => guess(tenantId, number)));
  const codes = await Promise.all(answers.map(codeOf));
  assert.equal(codes.filter((code) => code === 'ENROLMENT_CODE_INVALID').length, 20);
  assert.equal(codes.filter((code) => code === 'TOO_MANY_REQUESTS').length, 30);
  const waits = answers
    .filter(({ status }) => status === 429)
    .map((answer) => Number(answer.headers.get('retry-after')));
  assert.ok(
    waits.every((seconds) => seconds > 500 && seconds <= 600),
    String(waits),
  );
  assert.equal(await codeOf(await guess('ten_nobody', 1)), 'ENROLMENT_CODE_INVALID');
  assert.deepEqual(await server.sql('SELECT tenant_id, kind, count FROM attempts'), [
    { tenant_id: tenantId, kind: 'enrolment_code', count: 20 },
  ]);
});
