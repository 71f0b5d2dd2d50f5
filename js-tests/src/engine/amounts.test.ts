import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { PaymentType } from '@auraconnect/offline-sync';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill } from './till.ts';

const server = sharedServer();

interface FixtureLine {
  readonly line_id: string;
  readonly item_id: string;
  readonly qty: number;
  readonly modifiers: readonly { readonly option_id: string; readonly price_minor: number }[];
  readonly gross_minor: number;
  readonly discount_alloc_minor?: number;
  readonly seat: number;
  readonly void?: { readonly reason: string };
  readonly comp?: { readonly reason: string };
}

interface FixtureTax {
  readonly tax_id: string;
  readonly rate_ppm: number;
  readonly base_minor: number;
  readonly tax_minor: number;
}

interface FixtureOrder {
  readonly order_id: string;
  readonly table_id: string;
  readonly guests: number;
  readonly lines: readonly FixtureLine[];
  readonly adjustments: readonly { readonly adj_id: string; readonly name: string; readonly rate_ppm: number }[];
  readonly payments: readonly {
    readonly payment_id: string;
    readonly type: PaymentType;
    readonly amount_minor: number;
    readonly tendered_minor?: number;
    readonly tip_minor: number;
  }[];
  readonly totals: Readonly<Record<string, number>> & { readonly tax: readonly FixtureTax[] };
}

async function fixtureOrder(): Promise<FixtureOrder> {
  const text = await readFile(new URL('../../../fixtures/order.json', import.meta.url), 'utf8');
  return JSON.parse(text) as FixtureOrder;
}

test("the fixture's order comes to its computed answers through the public face, on the till and on the server", async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const till = await openReadyTill(server().url, only(restaurant.devices, 1));
  const fixture = await fixtureOrder();
  const orderId = fixture.order_id;
  await till.orders.open({ orderId, tableId: fixture.table_id, guests: fixture.guests });
  for (const line of fixture.lines) {
    const optionIds = line.modifiers.map(({ option_id }) => option_id);
    await till.orders.addLine(orderId, {
      lineId: line.line_id,
      itemId: line.item_id,
      qty: line.qty,
      seat: line.seat,
      optionIds,
    });
    if (line.void) await till.orders.voidLine(orderId, line.line_id, line.void.reason);
  }
  await till.orders.fire(orderId);
  for (const { line_id, comp } of fixture.lines) if (comp) await till.orders.compLine(orderId, line_id, comp.reason);
  for (const { adj_id, name, rate_ppm } of fixture.adjustments) {
    await till.orders.addAdjustment(orderId, { adjustmentId: adj_id, kind: 'discount', name, ratePpm: rate_ppm });
  }
  for (const payment of fixture.payments) {
    await till.orders.addPayment(orderId, {
      paymentId: payment.payment_id,
      type: payment.type,
      amountMinor: payment.amount_minor,
      ...(payment.tendered_minor === undefined ? {} : { tenderedMinor: payment.tendered_minor }),
      tipMinor: payment.tip_minor,
    });
  }
  const order = await till.orders.close(orderId);

  const { totals } = fixture;
  const taxes = totals.tax.map((tax) => ({
    taxId: tax.tax_id,
    ratePpm: tax.rate_ppm,
    baseMinor: tax.base_minor,
    taxMinor: tax.tax_minor,
  }));
  assert.deepEqual(order.totals, {
    grossMinor: totals['gross_minor'],
    voidsMinor: 425,
    compsMinor: totals['comps_minor'],
    discountsMinor: totals['discounts_minor'],
    netMinor: totals['net_minor'],
    serviceMinor: 0,
    taxes: taxes.sort((a, b) => (a.taxId < b.taxId ? -1 : 1)),
    taxMinor: totals['tax_minor'],
    includedTaxMinor: 0,
    totalMinor: totals['total_minor'],
    paidMinor: totals['paid_minor'],
    refundedMinor: 0,
    tipsMinor: totals['tips_minor'],
    balanceMinor: totals['balance_minor'],
  });
  assert.deepEqual([order.status, order.paymentState, order.ticketNo], ['closed', 'paid', 'B-0001']);
  const live = order.lines.filter(({ voided }) => !voided);
  assert.deepEqual(
    order.lines.map(({ lineId, itemId, qty, seat, modifiers }) => [lineId, itemId, qty, seat, modifiers.length]),
    fixture.lines.map((line) => [line.line_id, line.item_id, line.qty, line.seat, line.modifiers.length]),
  );
  assert.deepEqual(
    live.map(({ grossMinor }) => grossMinor),
    fixture.lines.filter((line) => line.void === undefined).map((line) => line.gross_minor),
  );
  assert.deepEqual(
    live.map(({ discountMinor }) => discountMinor),
    fixture.lines.filter((line) => line.void === undefined).map((line) => line.discount_alloc_minor ?? 0),
  );
  assert.equal(
    live.reduce((sum, { taxMinor }) => sum + taxMinor, 0),
    totals['tax_minor'],
  );
  assert.deepEqual(
    order.lines.filter(({ voided }) => voided).map(({ itemId, voidReason }) => [itemId, voidReason]),
    [['it_lemon', 'entered_by_mistake']],
  );

  await drained(till);
  const other = await openReadyTill(server().url, only(restaurant.devices));
  await drained(other);
  assert.deepEqual(other.orders.get(orderId), till.orders.get(orderId));
  assert.equal(paidMinor((await ledgerOf(server(), restaurant.tenantId)).orders), totals['paid_minor']);
});

/**
 * A large ale is 1000, a line holds at most 9,999 of them, and there are 250 such lines: 2,499,750,000, beyond 2^31. 11 % of
 * it are 274,972,500.
 */
test('amounts beyond 32 bits cross the boundary exactly', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices));
  const { orderId } = await till.orders.open();
  const line = { itemId: 'it_pale', optionIds: ['mo_500'], qty: 9_999 };
  await Promise.all(Array.from({ length: 250 }, () => till.orders.addLine(orderId, line)));
  const order = till.orders.get(orderId);
  assert.deepEqual(
    [order?.totals.grossMinor, order?.totals.taxMinor, order?.totals.totalMinor],
    [2_499_750_000, 274_972_500, 2_774_722_500],
  );
  const paid = await till.orders.addPayment(orderId, { type: 'card_external', amountMinor: 2_774_722_499 });
  assert.equal(paid.totals.balanceMinor, 1);
  await drained(till);
  assert.equal(till.orders.get(orderId)?.totals.balanceMinor, 1);
});

test('nothing that the engine returns holds a BigInt, a function or a number that is not a safe integer', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices));
  const { orderId } = await till.orders.open({ tableId: 'tbl_2' });
  await till.orders.addLine(orderId, { itemId: 'it_soup', seat: 1, note: 'no nuts' });
  const order = await till.orders.addPayment(orderId, { type: 'cash', amountMinor: 100, tenderedMinor: 500 });
  const returned = { order, list: till.orders.list(), menu: till.menu(), status: till.status() };
  assert.equal(strangersIn(returned).join(', '), '');
  const planted = { deep: [{ amount: 10n }, { amount: 0.5 }, { amount: 2 ** 53 }] };
  assert.deepEqual(strangersIn(planted), ['.deep.0.amount', '.deep.1.amount', '.deep.2.amount']);
});

/** Paths to everything that plain JSON with whole, exact numbers does not hold. */
function strangersIn(value: unknown, path = ''): string[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, part]) => strangersIn(part, `${path}.${name}`));
  }
  const plain = value === null || typeof value === 'string' || typeof value === 'boolean';
  return plain || Number.isSafeInteger(value) ? [] : [path];
}
