import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer } from '../../../benches/storage/fake_server.ts';
import { soldOrder } from '../../../benches/storage/workload.ts';
import { Cable } from '../engine/cable.ts';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained, openReadyTill } from '../engine/till.ts';
import { openRestaurant } from './restaurant.ts';

interface Reply {
  readonly acked_seq: number;
  readonly cursor: string;
  readonly verdicts: readonly unknown[];
  readonly changes: readonly { readonly collection: string; readonly changed_seq: number }[];
}

const server = sharedServer();

test('the server inside the storage bench decides and sends what the real one does', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(devices), { fetch: cable.fetch });
  const fake = new FakeServer(false);
  let cursor: string | null = null;
  let compared = 0;
  cable.fate = async (deliver, _url, { body }) => {
    const answer = await deliver();
    const text = await answer.text();
    const real = JSON.parse(text) as Reply;
    const told = JSON.parse(fake.answer({ ...JSON.parse(body ?? ''), cursor })) as Reply;
    // Each counts the location's changes in its own way.
    const orders = ({ changes }: Reply) =>
      changes.flatMap(({ changed_seq, ...entry }) => (entry.collection === 'orders' ? [entry] : []));
    assert.deepEqual(told.verdicts, real.verdicts);
    assert.deepEqual(orders(told), orders(real));
    assert.equal(told.acked_seq, real.acked_seq);
    cursor = told.cursor;
    compared += real.verdicts.length;
    return { ...answer, status: answer.status, headers: answer.headers, text: () => Promise.resolve(text) };
  };

  const sold = [0, 1, 2, 3].map(soldOrder);
  for (const { orderId, tableId, guests, lines } of sold) {
    await till.orders.open({ orderId, tableId, guests });
    for (const { lineId, itemId, optionId, qty } of lines) {
      await till.orders.addLine(orderId, { lineId, itemId, qty, optionIds: [optionId] });
    }
  }
  await drained(till);
  const { orderId, paymentId } = only(sold);
  await till.orders.fire(orderId);
  await drained(till);
  const amountMinor = till.orders.get(orderId)?.totals.balanceMinor ?? 0;
  await till.orders.addPayment(orderId, { paymentId, type: 'cash', amountMinor });
  await till.orders.close(orderId);
  await drained(till);
  assert.equal(compared, 4 * 3 + 3);
});
