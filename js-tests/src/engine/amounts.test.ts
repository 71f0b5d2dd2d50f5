import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
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
  readonly seat: number;
  readonly void?: { readonly reason: string };
}

async function fixtureOrder() {
  const text = await readFile(new URL('../../../fixtures/order.json', import.meta.url), 'utf8');
  return JSON.parse(text) as { order_id: string; table_id: string; guests: number; lines: readonly FixtureLine[] };
}

/**
 * The fixture's order has a comp and a discount, which are not commands yet. Without them:
 *
 *     burger 2 × (1450 + 0 + 150 + 0) = 3200, fries 540 + 75 = 615, brownie 800:  4615 of food
 *     pale ale 750 + 0 = 750 of alcohol; the lemonade, 425, is void and counts nothing
 *     gross = net = 4615 + 750 = 5365
 *     tax on food 4615 × 8.25 % = 380.7375, so 381
 *     tax on alcohol 750 × 11 % = 82.5, half to even, so 82
 *     total 5365 + 381 + 82 = 5828, paid 2000 in cash and 3828 by card with 800 as tip
 */
test("the fixture's order comes to the cent through the public face, on the till and on the server", async () => {
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
  await till.orders.addPayment(orderId, { type: 'cash', amountMinor: 2000, tenderedMinor: 2000 });
  await till.orders.addPayment(orderId, { type: 'card_external', amountMinor: 3828, tipMinor: 800 });
  const order = await till.orders.close(orderId);

  assert.deepEqual(order.totals, {
    grossMinor: 5365,
    compsMinor: 0,
    discountsMinor: 0,
    netMinor: 5365,
    taxes: [
      { taxId: 'tax_alc', ratePpm: 110_000, baseMinor: 750, taxMinor: 82 },
      { taxId: 'tax_food', ratePpm: 82_500, baseMinor: 4615, taxMinor: 381 },
    ],
    taxMinor: 463,
    totalMinor: 5828,
    paidMinor: 5828,
    tipsMinor: 800,
    balanceMinor: 0,
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
  assert.equal(
    live.reduce((sum, { taxMinor }) => sum + taxMinor, 0),
    463,
  );
  assert.deepEqual(
    order.lines.filter(({ voided }) => voided).map(({ itemId, voidReason }) => [itemId, voidReason]),
    [['it_lemon', 'entered_by_mistake']],
  );

  await drained(till);
  const other = await openReadyTill(server().url, only(restaurant.devices));
  await drained(other);
  assert.deepEqual(other.orders.get(orderId), till.orders.get(orderId));
  assert.equal(paidMinor((await ledgerOf(server(), restaurant.tenantId)).orders), 5828);
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
