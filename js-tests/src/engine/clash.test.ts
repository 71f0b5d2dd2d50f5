import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRestaurant } from '../server/restaurant.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill } from './till.ts';

const server = sharedServer();

/**
 * An evening's worth of everything on one table, by two tills that cannot see each other, over the real server: what each of
 * them did is there afterwards, on both, and whoever gave way is told.
 */
test('two tills that did everything to one order in an outage agree to the cent, and each clash is told once', async () => {
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const cable = new Cable();
  const a = await openReadyTill(server().url, only(devices), { fetch: cable.fetch });
  const b = await openReadyTill(server().url, only(devices, 1), { fetch: cable.fetch });
  const { orderId } = await a.orders.open({ tableId: 'tbl_1', guests: 2 });
  const { lines } = await a.orders.addLine(orderId, { itemId: 'it_soup', qty: 2 });
  const soup = only(lines).lineId;
  await drained(a);
  await drained(b);
  cable.fate = cut;

  await a.orders.addLine(orderId, { itemId: 'it_burger', optionIds: ['mo_med'] });
  await a.orders.fire(orderId);
  await a.orders.moveTable(orderId, 'tbl_7');
  await a.orders.addNote(orderId, 'no nuts');
  await a.orders.addAdjustment(orderId, { kind: 'discount', name: 'Neighbour', ratePpm: 100_000 });
  await b.orders.addLine(orderId, { itemId: 'it_pale', optionIds: ['mo_330'] });
  await b.orders.moveTable(orderId, 'tbl_9');
  await b.orders.addNote(orderId, 'nut allergy!!');
  await b.orders.compLine(orderId, soup, 'long wait');
  await b.orders.splitCheck(orderId, { lineIds: [soup], name: 'Jo' });
  const due = b.orders.get(orderId)?.totals.balanceMinor ?? 0;
  await b.orders.addPayment(orderId, { type: 'cash', amountMinor: due });
  await b.orders.close(orderId);

  cable.fate = whole;
  await drained(a);
  await drained(b);
  await drained(a);
  const [onA, onB] = [a.orders.get(orderId), b.orders.get(orderId)];
  assert.deepEqual(onA, onB);
  assert.equal(a.confirmedHash(), b.confirmedHash());
  assert.equal(onA?.lines.length, 3);
  assert.equal(onA?.status, 'closed');
  assert.equal(onA?.checks.length, 2);
  const { totals } = onA ?? assert.fail('the order is there');
  assert.equal(totals.netMinor + totals.serviceMinor + totals.taxMinor, totals.totalMinor);
  assert.equal(totals.totalMinor - totals.paidMinor, totals.balanceMinor);
  assert.equal(
    onA?.checks.reduce((sum, check) => sum + check.totalMinor, 0),
    totals.totalMinor,
  );
  const told = [...a.status().findings, ...b.status().findings].map(({ code, kept, lost }) => [code, kept, lost]);
  assert.deepEqual(told.sort(), [
    ['FIELD_CONFLICT', 'tbl_9', 'tbl_7'],
    ['LATE_LINE', null, null],
    ['NOTE_REPLACED', 'nut allergy!!', 'no nuts'],
  ]);
  assert.deepEqual([...a.status().parked, ...b.status().parked], []);
});

test('a change of what the kitchen already has is refused by name, and parked with its reason where nobody could know', async () => {
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const cable = new Cable();
  const a = await openReadyTill(server().url, only(devices));
  const b = await openReadyTill(server().url, only(devices, 1), { fetch: cable.fetch });
  const { orderId } = await a.orders.open();
  const { lines } = await a.orders.addLine(orderId, { itemId: 'it_soup' });
  const soup = only(lines).lineId;
  await drained(a);
  await drained(b);
  cable.fate = cut;
  await b.orders.setQty(orderId, soup, 5);
  await a.orders.fire(orderId);
  await drained(a);
  await assert.rejects(a.orders.setQty(orderId, soup, 2), { code: 'LINE_SENT', field: 'lineId' });
  cable.fate = whole;
  await drained(b);
  assert.deepEqual(
    b.status().parked.map(({ code, changeType }) => [code, changeType]),
    [['LINE_SENT', 'set_qty']],
  );
  assert.equal(only(b.orders.get(orderId)?.lines ?? []).qty, 1, 'the kitchen makes one, the bill says one');
});
