import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderView } from '@auraconnect/offline-sync';
import { only, sharedServer } from '../engine/shared_server.ts';
import { openReadyTill } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { converse } from './conversation.ts';
import { hermesBinary } from './run_in_hermes.ts';

const skip = hermesBinary() === null ? 'the npm registry has no Hermes for this platform' : false;
const server = sharedServer();
const note = 'crème brûlée, 寿司, no 🥜';

/** Two burgers with cheddar, 2 × 1600 = 3200, tax 264; a wine 880, tax 96.8, so 97: 4441. */
const sell = `
    await until(() => engine.menu() !== undefined);
    link.up = false;
    engine.setConnection('offline');
    const { orderId } = await engine.orders.open({ tableId: 'tbl_12', guests: 2 });
    await engine.orders.addLine(orderId, {
      itemId: 'it_burger', qty: 2, optionIds: ['mo_med', 'mo_cheddar'], note: ${JSON.stringify(note)},
    });
    await engine.orders.addLine(orderId, { itemId: 'it_wine' });
    await engine.orders.addPayment(orderId, { type: 'cash', amountMinor: 4441, tenderedMinor: 5000 });
    const closed = await engine.orders.close(orderId);
    const waiting = engine.status().queueDepth;
    link.up = true;
    engine.setConnection('online');
    await until(() => engine.status().queueDepth === 0 && !engine.status().exchanging);
    const settled = engine.orders.get(orderId);
`;

interface Told {
  readonly closed: OrderView;
  readonly waiting: number;
  readonly settled: OrderView;
  readonly hash: string;
}

test('an order taken offline in Hermes arrives exactly once on the real server', { skip }, async () => {
  const restaurant = await openRestaurant(server(), ['Phone', 'Office']);
  const body = `${sell} tell({ closed, waiting, settled, hash: engine.confirmedHash() });`;
  const told = await converse<Told>(server().url, only(restaurant.devices), body);
  assert.equal(told.waiting, 5);
  assert.deepEqual([told.closed.totals.totalMinor, told.closed.payments[0]?.changeMinor], [4441, 559]);
  assert.deepEqual(told.settled, { ...told.closed, pendingMutations: 0 });

  const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
  assert.deepEqual(
    operations.map(({ change, source }) => [change.type, source]),
    ['open', 'add_line', 'add_line', 'add_payment', 'close'].map((type) => [type, 'mobile_offline']),
  );
  assert.deepEqual([orders.length, paidMinor(orders)], [1, 4441]);
  const office = await openReadyTill(server().url, only(restaurant.devices, 1));
  assert.equal(office.confirmedHash(), told.hash);
  assert.deepEqual(office.orders.list(), [told.settled]);
  assert.equal(only(only(office.orders.list()).lines).note, note);
});

/**
 * The engine holds each note in the order and again in the queued mutation: 400 notes of 4,000 bytes are more than three
 * megabytes, three times what its memory starts with.
 */
const grow = `
    const before = JSON.stringify(engine.orders.get(orderId));
    let grossMinor = 0;
    const notes = [];
    for (let table = 0; table < 80; table++) {
      const order = await engine.orders.open({ tableId: 'tbl_' + table });
      const lines = [];
      for (let seat = 1; seat <= 5; seat++) {
        const wish = String(table * 100 + seat) + 'é'.repeat(1990);
        notes.push(wish);
        lines.push(engine.orders.addLine(order.orderId, { itemId: 'it_soup', qty: seat, note: wish }));
      }
      grossMinor += (await Promise.all(lines)).pop().totals.grossMinor;
    }
    const found = [].concat(...engine.orders.list().slice(1).map((order) => order.lines.map((line) => line.note)));
    tell({
      sameBefore: JSON.stringify(engine.orders.get(orderId)) === before,
      sameNotes: JSON.stringify(found.sort()) === JSON.stringify(notes.sort()),
      notes: notes.length,
      grossMinor,
      queueDepth: engine.status().queueDepth,
    });
`;

test(
  'texts and amounts are the same before and after the memory of the engine has grown in Hermes',
  { skip },
  async () => {
    const { devices } = await openRestaurant(server(), ['Phone']);
    const quiet = sell.replace('const settled', "link.up = false; engine.setConnection('offline'); const settled");
    const told = await converse(server().url, only(devices), `${quiet} ${grow}`);
    // 80 tables × (1 + 2 + 3 + 4 + 5) bowls × 725.
    const expected = { sameBefore: true, sameNotes: true, notes: 400, grossMinor: 80 * 15 * 725, queueDepth: 480 };
    assert.deepEqual(told, expected);
  },
);
