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
