/** What a store and a ledger may hold of sales. */
import assert from 'node:assert/strict';
import type { OrderView } from '@auraconnect/offline-sync';
import { type Ledger, paidMinor } from '../server/ledger.ts';
import { type Sale, saleTotalMinor, saves } from './sale.ts';

/** How many of a sale's saves an order holds; fails where it holds anything else, or anything twice. */
export function savesIn(order: OrderView | undefined, { orderId, lineId, paymentId }: Sale): number {
  if (order === undefined) return 0;
  const [line, payment] = [order.lines[0], order.payments[0]];
  const found =
    order.status === 'closed' ? 5 : payment !== undefined ? 4 : line === undefined ? 1 : line.qty === 2 ? 3 : 2;
  assert.deepEqual(
    {
      orderId: order.orderId,
      lines: order.lines.map(({ lineId, qty, voided }) => ({ lineId, qty, voided })),
      payments: order.payments.map(({ paymentId, amountMinor }) => ({ paymentId, amountMinor })),
      status: order.status,
    },
    {
      orderId,
      lines: found >= 2 ? [{ lineId, qty: found >= 3 ? 2 : 1, voided: false }] : [],
      payments: found >= 4 ? [{ paymentId, amountMinor: saleTotalMinor }] : [],
      status: found === 5 ? 'closed' : 'open',
    },
  );
  return found;
}

/** Checks that a ledger's stream of orders holds the first `count` saves of each sale exactly once, nothing else, and the money they make. */
export function checkLedger({ operations: all, orders }: Ledger, sales: ReadonlyMap<Sale, number>): void {
  const operations = all.filter(({ stream }) => stream === 'orders');
  const begun = [...sales].filter(([, count]) => count > 0);
  const expected = begun.flatMap(([{ orderId }, count]) => saves.slice(0, count).map((save) => `${orderId} ${save}`));
  assert.deepEqual(operations.map(({ recordId, change }) => `${recordId} ${change.type}`).sort(), expected.sort());
  assert.equal(new Set(operations.map(({ mutationId }) => mutationId)).size, expected.length);
  assert.deepEqual(
    operations.filter(({ outcome }) => outcome !== 'applied'),
    [],
  );
  assert.equal(orders.length, begun.length);
  assert.equal(paidMinor(orders), begun.filter(([, count]) => count >= 4).length * saleTotalMinor);
}
