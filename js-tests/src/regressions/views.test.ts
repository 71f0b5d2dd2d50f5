/** Screens that went back to what had been, and records that were overwritten elsewhere, on real tills over the real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cable, cut, whole } from '../engine/cable.ts';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained, openReadyTill, soup } from '../engine/till.ts';
import { arrivals, PartedTills } from '../scenarios/parted_tills.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { onlyReads, onlyVerdicts } from './fates.ts';

const server = sharedServer();

/** Two tills that know one order with a soup; the first one's cable is in the test's hand. */
async function twoAtOneTable() {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const cable = new Cable();
  const a = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  const b = await openReadyTill(server().url, only(restaurant.devices, 1));
  const { orderId, lines } = await a.orders.open({ tableId: 'tbl_7', lines: [{ itemId: soup.itemId }] });
  for (const till of [a, b]) await drained(till);
  const read = async (): Promise<void> => {
    const { cursor } = a.status();
    cable.fate = (...asked) => {
      cable.fate = cut;
      return onlyReads(...asked);
    };
    a.syncNow();
    await until('the till has read', () => a.status().cursor !== cursor && !a.status().exchanging);
  };
  return { restaurant, cable, a, b, orderId, lineId: only(lines).lineId, read };
}

test('an order that was paid offline after its draft had synced stays paid, whatever the next pull brings', async () => {
  const { restaurant, cable, a, b, orderId, read } = await twoAtOneTable();
  cable.fate = cut;
  await a.orders.addPayment(orderId, { type: 'cash', amountMinor: soup.totalMinor });
  const paid = await a.orders.close(orderId);
  // The draft moves on elsewhere, so that the pull brings it again: open and unpaid.
  await b.orders.setGuests(orderId, 4);
  await drained(b);
  await read();
  const seen = a.orders.get(orderId) ?? assert.fail('the order is there');
  assert.deepEqual([seen.status, seen.guests, seen.totals], ['closed', 4, paid.totals]);
  assert.equal(seen.pendingMutations, 2);
  cable.fate = whole;
  for (const till of [a, b]) await drained(till);
  assert.deepEqual(b.orders.get(orderId), a.orders.get(orderId));
  assert.equal(b.orders.get(orderId)?.status, 'closed');
  assert.equal(paidMinor((await ledgerOf(server(), restaurant.tenantId)).orders), soup.totalMinor);
});

test('what comes in for an order does not count its own changes as sent: they go out afterwards', async () => {
  const { cable, a, b, orderId, read } = await twoAtOneTable();
  cable.fate = cut;
  await a.orders.addLine(orderId, { itemId: 'it_bread' });
  await b.orders.addLine(orderId, { itemId: 'it_fries' });
  await drained(b);
  await read();
  const items = (till: typeof a) =>
    till.orders
      .get(orderId)
      ?.lines.map(({ itemId }) => itemId)
      .toSorted();
  assert.deepEqual(items(a), ['it_bread', 'it_fries', 'it_soup']);
  assert.deepEqual([a.status().queueDepth, a.orders.get(orderId)?.pendingMutations], [1, 1]);
  cable.fate = whole;
  for (const till of [a, b]) await drained(till);
  assert.deepEqual(items(b), ['it_bread', 'it_fries', 'it_soup']);
});

test('from the tap to the record that holds it, a screen never shows the old value again', async () => {
  const { cable, a, b, orderId, lineId, read } = await twoAtOneTable();
  const shown: (number | undefined)[] = [];
  const look = () => shown.push(a.orders.get(orderId)?.lines.find((line) => line.lineId === lineId)?.qty);
  const leave = a.subscribe(look);
  cable.fate = cut;
  await a.orders.setQty(orderId, lineId, 3);
  look();
  shown.length = 0;
  // Read anew before the write has landed; somebody else's change makes the record come.
  await b.orders.setGuests(orderId, 4);
  await drained(b);
  await read();
  look();
  assert.equal(a.orders.get(orderId)?.guests, 4, 'the record came, without the write');
  // Acknowledged, and the record not there yet.
  cable.fate = onlyVerdicts;
  await drained(a);
  look();
  assert.equal(a.orders.get(orderId)?.pendingMutations, 0, 'everybody who asks the server has it');
  cable.fate = cut;
  await a.orders.addNote(orderId, 'window seat');
  look();
  cable.fate = whole;
  await drained(a);
  look();
  leave();
  assert.ok(shown.length > 6, 'it was looked at all the time');
  assert.deepEqual([...new Set(shown)], [3]);
  await drained(b);
  assert.deepEqual(b.orders.get(orderId), a.orders.get(orderId));
});

for (const arrival of arrivals) {
  test(`an order's id that two tills have used keeps what both entered, and the second opening is told (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const orderId = '01a19456-9e38-7f7d-a7c9-0bb511e88c5c';
    tills.part();
    for (const [till, tableId, itemId] of [
      [tills.a, 'tbl_1', 'it_soup'],
      [tills.b, 'tbl_2', 'it_bread'],
    ] as const) {
      await till.orders.open({ orderId, tableId, lines: [{ itemId }] });
      await till.orders.fire(orderId);
    }
    await tills.reunite(arrival);
    const [onA, onB] = [tills.a.orders.get(orderId), tills.b.orders.get(orderId)];
    assert.deepEqual(onA, onB);
    assert.deepEqual(onA?.lines.map(({ itemId }) => itemId).toSorted(), ['it_bread', 'it_soup']);
    assert.ok(
      onA?.lines.every(({ firedQty }) => firedQty === 1),
      'the kitchen cooks for both',
    );
    const parked = [...tills.a.status().parked, ...tills.b.status().parked];
    assert.deepEqual(
      parked.map(({ code, changeType }) => [code, changeType]),
      [['IMMUTABLE_CHANGED', 'open']],
    );
    assert.equal(tills.a.confirmedHash(), tills.b.confirmedHash());
  });
}
