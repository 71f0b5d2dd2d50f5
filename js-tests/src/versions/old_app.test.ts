/** Apps of earlier versions with the server of today. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cable, cut, repliesLost } from '../engine/cable.ts';
import { only, sharedServer } from '../engine/shared_server.ts';
import { type App, appOfTheTree, drained, openReadyTill, openTill, sellSoup, soup } from '../engine/till.ts';
import { arrivals, codesOf, fixtureLines, PartedTills } from '../scenarios/parted_tills.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { appOf, frozenVersions } from './frozen.ts';

const server = sharedServer();

test('there is an earlier version to be held against', () => {
  assert.notDeepEqual(frozenVersions, []);
});

for (const version of frozenVersions) {
  let old: App;
  test(`${version}: the app of then loads`, async () => {
    old = await appOf(version);
    assert.notEqual(old.openEngine, appOfTheTree.openEngine);
  });

  for (const arrival of arrivals) {
    test(`${version}: an app of then and one of today clash at one table and agree to the cent (${arrival})`, async () => {
      const tills = await PartedTills.open(server(), { a: old });
      const { a, b } = tills;
      const { orderId, lines } = await tills.partOver(fixtureLines);
      const { lineId } = only(lines, 1);
      await a.orders.addLine(orderId, { itemId: 'it_soup' });
      await a.orders.setQty(orderId, lineId, 2);
      await a.orders.moveTable(orderId, 'tbl_7');
      await a.orders.addNote(orderId, 'no nuts');
      tills.aMomentLater();
      await b.orders.setQty(orderId, lineId, 3);
      await b.orders.compLine(orderId, only(lines, 2).lineId, 'long wait');
      await b.orders.moveTable(orderId, 'tbl_9');
      await b.orders.addNote(orderId, 'nut allergy!!');
      const due = b.orders.get(orderId)?.totals.balanceMinor ?? 0;
      await b.orders.addPayment(orderId, { type: 'cash', amountMinor: due, tipMinor: 300 });
      await b.orders.close(orderId);
      await tills.reunite(arrival);

      const { order, ledger, findings } = await tills.agreed(orderId);
      assert.deepEqual([order.status, order.tableId, order.note], ['closed', 'tbl_9', 'nut allergy!!']);
      assert.equal(order.lines.find((line) => line.lineId === lineId)?.qty, 4);
      // 3200 + four portions of fries with aioli 2460 + soup 725, and an ale given away for 750; all of it food: 8.25 %.
      assert.deepEqual([order.totals.netMinor, order.totals.totalMinor], [6385, 6385 + 527]);
      assert.equal(order.totals.balanceMinor, order.totals.totalMinor - due);
      assert.equal(paidMinor(ledger.orders), due);
      assert.deepEqual(codesOf(findings), ['FIELD_CONFLICT', 'LATE_LINE', 'NOTE_REPLACED', 'QTY_MERGED']);
    });
  }

  test(`${version}: a queue that an app of then left behind is opened by today's, shown as it was, and arrives once`, async () => {
    const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
    const device = only(restaurant.devices);
    const storage = old.memoryStorage();
    const cable = new Cable();
    const then = await openReadyTill(server().url, device, { storage, fetch: cable.fetch }, old);
    await sellSoup(then);
    await drained(then);
    // Some of its queue the server has decided about, and the till never heard of it; some the server does not know.
    cable.fate = repliesLost;
    await sellSoup(then);
    await until('the server has the second sale', async () => {
      then.setConnection('online');
      return (await ledgerOf(server(), restaurant.tenantId)).operations.length === 8;
    });
    await until('the till has given up waiting', () => !then.status().exchanging);
    cable.fate = cut;
    await sellSoup(then);
    const { orderId } = await then.orders.open({ tableId: 'tbl_1', lines: fixtureLines });
    await then.orders.fire(orderId);
    const [seen, { queueDepth }] = [then.orders.list(), then.status()];
    assert.equal(queueDepth, 4 + 4 + 5);
    await then.close();

    const now = await openTill(server().url, device, { storage, fetch: cable.fetch });
    const { storage: store, queueDepth: depth } = now.status();
    assert.deepEqual([store.state, store.damage, depth], ['ok', [], queueDepth]);
    const shown = now.orders.list();
    assert.equal(shown.length, seen.length);
    for (const [place, order] of seen.entries()) assert.partialDeepStrictEqual(only(shown, place), order);
    const { ticketNo } = await now.orders.open();
    assert.equal(ticketNo, `${device.devicePrefix}-0005`, 'the counter goes on');

    cable.fate = (deliver) => deliver();
    await drained(now);
    const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
    assert.deepEqual(
      operations.map(({ seq, outcome }) => [seq, outcome]),
      Array.from({ length: 8 + 4 + 5 + 1 }, (_, place) => [place + 1, 'applied']),
    );
    assert.equal(new Set(operations.map(({ incarnation }) => incarnation)).size, 1, 'its life goes on');
    assert.deepEqual([orders.length, paidMinor(orders)], [5, 3 * soup.totalMinor]);
    assert.deepEqual([now.status().parked, now.status().findings], [[], []]);
    const other = await openReadyTill(server().url, only(restaurant.devices, 1));
    assert.equal(now.confirmedHash(), other.confirmedHash());
    assert.deepEqual(now.orders.list(), other.orders.list());
  });

  test(`${version}: what an app of then parked and was told stands in today's as it did`, async () => {
    const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
    const storage = old.memoryStorage();
    const cable = new Cable();
    const device = only(restaurant.devices);
    const then = await openReadyTill(server().url, device, { storage, fetch: cable.fetch }, old);
    const other = await openReadyTill(server().url, only(restaurant.devices, 1));
    const { orderId, lines } = await then.orders.open({ tableId: 'tbl_1', lines: [{ itemId: 'it_soup' }] });
    for (const till of [then, other]) await drained(till);
    cable.fate = cut;
    await then.orders.setQty(orderId, only(lines).lineId, 5);
    await then.orders.moveTable(orderId, 'tbl_2');
    await other.orders.fire(orderId);
    await other.orders.moveTable(orderId, 'tbl_3');
    await drained(other);
    cable.fate = (deliver) => deliver();
    await drained(then);
    const { parked, findings } = then.status();
    assert.deepEqual([codesOf(parked), codesOf(findings)], [['LINE_SENT'], ['FIELD_CONFLICT']]);
    await then.close();
    const now = await openTill(server().url, device, { storage, fetch: cable.fetch });
    assert.partialDeepStrictEqual(now.status().parked, parked);
    assert.partialDeepStrictEqual(now.status().findings, findings);
    assert.deepEqual([now.status().parked.length, now.status().findings.length], [1, 1]);
  });
}
