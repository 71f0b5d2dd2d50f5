import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryStorage } from '@auraconnect/offline-sync';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, openTill, sellSoup, soup } from './till.ts';

const server = sharedServer();

test('an order taken while no server listens arrives exactly once when one does', async (context) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'outage-'));
  context.after(() => rm(stateDir, { recursive: true, force: true }));
  const first = await startLocalServer({ stateDir });
  context.after(() => first.stop());
  const restaurant = await openRestaurant(first, ['Till A']);
  const till = await openReadyTill(first.url, only(restaurant.devices));
  await first.stop();
  const sold = await sellSoup(till);
  await until('the till has noticed', () => till.status().connection === 'offline');
  assert.equal(till.status().queueDepth, 4);

  const { operatorToken } = first;
  const second = await startLocalServer({ stateDir, operatorToken, port: Number(new URL(first.url).port) });
  context.after(() => second.stop());
  await drained(till);
  const { operations, orders } = await ledgerOf(second, restaurant.tenantId);
  assert.deepEqual(
    operations.map(({ change }) => change.type),
    ['open', 'add_line', 'add_payment', 'close'],
  );
  assert.deepEqual(
    orders.map(({ order_id, epochs }) => [order_id, 'closed' in (epochs['0'] ?? {}) ? 'closed' : 'open']),
    [[sold.orderId, 'closed']],
  );
  assert.equal(paidMinor(orders), soup.totalMinor);
  assert.equal(till.orders.get(sold.orderId)?.pendingMutations, 0);
});

test('an order taken during an outage survives a restart of the app and arrives exactly once', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const storage = memoryStorage();
  const cable = new Cable();
  const before = await openReadyTill(server().url, only(restaurant.devices), { storage, fetch: cable.fetch });
  cable.fate = cut;
  const sold = await sellSoup(before);
  const seen = before.orders.list();
  await before.close();

  const after = await openTill(server().url, only(restaurant.devices), { storage, fetch: cable.fetch });
  assert.deepEqual(after.orders.list(), seen);
  assert.equal(after.status().queueDepth, 4);
  cable.fate = whole;
  await drained(after);
  const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
  assert.deepEqual(
    operations.map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
  assert.deepEqual(
    orders.map(({ order_id }) => order_id),
    [sold.orderId],
  );
});

test('what one till sold is on the other one after both exchanged, and both confirm the same', async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const tillA = await openReadyTill(server().url, only(restaurant.devices));
  const tillB = await openReadyTill(server().url, only(restaurant.devices, 1));
  const sold = await Promise.all([sellSoup(tillA), sellSoup(tillB), sellSoup(tillA)]);
  await Promise.all([drained(tillA), drained(tillB)]);
  // What the other till sent after the first pull comes with the second.
  await Promise.all([drained(tillA), drained(tillB)]);
  assert.equal(tillA.confirmedHash(), tillB.confirmedHash());
  assert.equal(tillA.orders.list().length, 3);
  assert.deepEqual(tillA.orders.list(), tillB.orders.list());
  assert.deepEqual(sold.map(({ ticketNo }) => ticketNo).sort(), ['A-0001', 'A-0002', 'B-0001']);
});
