/** A cash drawer over an evening without a link: what should be in it, what was counted, and the same everywhere afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineError } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, soup } from './till.ts';

const server = sharedServer();

const codeOf = (doing: Promise<void>): Promise<string> =>
  doing.then(
    () => 'taken',
    (error: EngineError) => error.code,
  );

test('what cash payments and moves put into a drawer is what should be in it, and it is told after the count', async () => {
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const cable = new Cable();
  const a = await openReadyTill(server().url, only(devices), { fetch: cable.fetch });
  const b = await openReadyTill(server().url, only(devices, 1));
  cable.fate = cut;
  await a.drawers.open('drw_bar', { floatMinor: 10_000 });
  const { sessionId: drawerSessionId } = only(a.drawers.list({ open: true }));
  const { orderId } = await a.orders.open({ lines: [{ itemId: soup.itemId }] });
  await a.orders.addPayment(orderId, { type: 'cash', amountMinor: soup.totalMinor, drawerSessionId });
  await a.orders.close(orderId);
  await a.drawers.payIn('drw_bar', { amountMinor: 2_000, reason: 'change from the bank' });
  await a.drawers.payOut('drw_bar', { amountMinor: 700, reason: 'lemons' });
  await a.drawers.drop('drw_bar', { amountMinor: 5_000 });
  await a.drawers.noSale('drw_bar', 'a guest wants change');
  assert.equal(only(a.drawers.list()).expectedMinor, null, 'whoever counts does not know');
  assert.equal(await codeOf(a.drawers.close('drw_bar')), 'DRAWER_STATE', 'it is counted first');
  await a.drawers.count('drw_bar', { countedMinor: 7_000 });
  await a.drawers.close('drw_bar');
  const { closed, expectedMinor, countedMinor, overShortMinor, noSales, cash } = only(a.drawers.list());
  assert.ok(closed);
  assert.deepEqual([expectedMinor, countedMinor, overShortMinor, noSales], [7_085, 7_000, -85, 1]);
  assert.deepEqual(cash, {
    salesMinor: 785,
    refundsMinor: 0,
    paidInMinor: 2_000,
    paidOutMinor: 700,
    dropsMinor: 5_000,
  });

  cable.fate = whole;
  await drained(a);
  await drained(b);
  assert.deepEqual(b.drawers.list(), a.drawers.list());
});

test('a drawer refuses what makes no sense, with a code, and stays as it was', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices));
  assert.equal(await codeOf(till.drawers.drop('drw_bar', { amountMinor: 1 })), 'DRAWER_STATE');
  assert.equal(await codeOf(till.drawers.open('drw_bar', { floatMinor: -1 })), 'FIELD_INVALID');
  assert.equal(await codeOf(till.drawers.open('drw_bar', { floatMinor: 1.5 })), 'COMMAND_INVALID');
  await till.drawers.open('drw_bar', { floatMinor: 0 });
  assert.equal(await codeOf(till.drawers.open('drw_bar', { floatMinor: 0 })), 'DRAWER_STATE');
  assert.equal(await codeOf(till.drawers.noSale('drw_bar', ' ')), 'FIELD_INVALID');
  assert.equal(await codeOf(till.drawers.payOut('drw_bar', { amountMinor: 0, reason: 'lemons' })), 'FIELD_INVALID');
  assert.equal(till.status().queueDepth, 1);
});
