import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportFile, importFile, makeExportKeys } from '@auraconnect/offline-sync/export';
import { whole } from '../engine/cable.ts';
import { sharedServer } from '../engine/shared_server.ts';
import { drained, sellSoup, soup } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { cheap } from './paper_engine.ts';
import { strandedTill, unsettledIds } from './stranded_till.ts';

const server = sharedServer();
const passphrase = 'quay lantern oyster nine';

test('what a till could not deliver another one delivers, and when it comes back itself nothing doubles', async () => {
  const { restaurant, cable, tillA, tillB, sold } = await strandedTill(server());
  const ids = unsettledIds(tillA);
  assert.equal(ids.length, 8);
  const keys = await makeExportKeys();
  const file = await exportFile(tillA, { recipient: keys.recipient });
  assert.equal(tillA.status().queueDepth, 8, 'nothing leaves the queue');
  // Life goes on: one more sale on each after the file was made.
  const after = [await sellSoup(tillA), await sellSoup(tillB)];
  await drained(tillB);

  await importFile(tillB, file, { identity: keys.identity });
  assert.equal(tillB.status().queueDepth, 8);
  assert.deepEqual(
    sold.map(({ orderId }) => tillB.orders.get(orderId)?.status),
    ['closed', 'closed'],
    'what was taken over is seen at once',
  );
  await drained(tillB);
  const carried = await ledgerOf(server(), restaurant.tenantId);
  assert.deepEqual(
    carried.operations.map(({ mutationId }) => mutationId).filter((id) => ids.includes(id)),
    ids,
  );
  assert.deepEqual(new Set(carried.operations.map(({ outcome }) => outcome)), new Set(['applied']));
  assert.deepEqual([carried.orders.length, paidMinor(carried.orders)], [3, 3 * soup.totalMinor]);
  assert.deepEqual(tillB.status().parked, []);

  cable.fate = whole;
  await drained(tillA);
  await drained(tillB);
  const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
  assert.equal(operations.length, 4 * 4);
  assert.equal(new Set(operations.map(({ mutationId }) => mutationId)).size, operations.length);
  assert.deepEqual(
    orders.map(({ order_id }) => order_id).sort(),
    [...sold, ...after].map(({ orderId }) => orderId).sort(),
  );
  assert.equal(paidMinor(orders), 4 * soup.totalMinor);
  assert.deepEqual([tillA.status().parked, tillA.status().findings], [[], []]);
  assert.equal(tillA.confirmedHash(), tillB.confirmedHash());
  assert.deepEqual(tillA.orders.list(), tillB.orders.list());
  assert.ok(tillA.orders.list().every(({ pendingMutations }) => pendingMutations === 0));
});

test('a till that comes back before its file is taken over leaves nothing to be doubled by it', async () => {
  const { restaurant, cable, tillA, tillB } = await strandedTill(server());
  const file = await exportFile(tillA, { passphrase, ...cheap });
  cable.fate = whole;
  await drained(tillA);
  await importFile(tillB, file, { passphrase });
  await drained(tillB);
  await importFile(tillB, file, { passphrase });
  await drained(tillB);
  const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
  assert.equal(operations.length, 8);
  assert.equal(new Set(operations.map(({ mutationId }) => mutationId)).size, 8);
  assert.equal(paidMinor(orders), 2 * soup.totalMinor);
  await drained(tillA);
  assert.equal(tillA.confirmedHash(), tillB.confirmedHash());
  assert.deepEqual(tillA.orders.list(), tillB.orders.list());
});
