import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { countingStorage } from './counting_storage.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill } from './till.ts';

const server = sharedServer();

test('a hundred commands given at once are all saved, with far fewer writes, and arrive once', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const storage = countingStorage();
  const till = await openReadyTill(server().url, only(restaurant.devices), { storage });
  const { orderId } = await till.orders.open();
  await drained(till);
  const before = storage.commits();
  const given = Array.from({ length: 100 }, (_, place) =>
    till.orders.addLine(orderId, { itemId: 'it_soup', note: `bowl ${place}` }),
  );
  const views = await Promise.all(given);
  // Replies of the server are written in between; commands alone would take two writes.
  const writes = storage.commits() - before;
  assert.ok(writes <= 10, `${writes} writes`);
  const notes = views.at(-1)?.lines.map(({ note }) => note);
  assert.deepEqual(
    notes,
    views.map((_, place) => `bowl ${place}`),
  );
  assert.equal(views.at(-1)?.totals.grossMinor, 100 * 725);

  await drained(till);
  const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
  assert.equal(operations.length, 101);
  assert.equal(Object.keys(only(orders).lines).length, 100);
});

test('a double tap with one id makes one order, one line and one payment', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(restaurant.devices));
  const orderId = '0199f7a0-0000-7000-8000-000000000001';
  const lineId = '0199f7a0-0000-7000-8000-000000000002';
  const paymentId = '0199f7a0-0000-7000-8000-000000000003';
  const taps = await Promise.all([
    till.orders.open({ orderId, tableId: 'tbl_3' }),
    till.orders.open({ orderId, tableId: 'tbl_3' }),
    till.orders.addLine(orderId, { lineId, itemId: 'it_soup' }),
    till.orders.addLine(orderId, { lineId, itemId: 'it_soup' }),
    till.orders.addPayment(orderId, { paymentId, type: 'cash', amountMinor: 500 }),
    till.orders.addPayment(orderId, { paymentId, type: 'cash', amountMinor: 500 }),
  ]);
  const order = taps.at(-1);
  assert.deepEqual([order?.ticketNo, order?.lines.length, order?.payments.length], ['A-0001', 1, 1]);
  assert.equal(order?.totals.paidMinor, 500);
  assert.equal(till.status().queueDepth, 3);
  // The same tap once more, after the server has settled the first.
  await drained(till);
  await till.orders.addPayment(orderId, { paymentId, type: 'cash', amountMinor: 500 });
  assert.equal(till.status().queueDepth, 0);
  const { operations } = await ledgerOf(server(), restaurant.tenantId);
  assert.deepEqual(
    operations.map(({ change }) => change.type),
    ['open', 'add_line', 'add_payment'],
  );
  await assert.rejects(till.orders.addLine(orderId, { lineId, itemId: 'it_bread' }), { code: 'IMMUTABLE_CHANGED' });
});

test('tickets are numbered without a gap and without a double, however many orders are opened at once', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(restaurant.devices));
  const opened = await Promise.all(Array.from({ length: 30 }, () => till.orders.open()));
  const expected = Array.from({ length: 30 }, (_, place) => `A-${String(place + 1).padStart(4, '0')}`);
  assert.deepEqual(
    opened.map(({ ticketNo }) => ticketNo),
    expected,
  );
});
