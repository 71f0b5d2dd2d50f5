/** A store that today's app wrote, opened by an app of an earlier version: it refuses or keeps it, and never loses anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine, OrderView } from '@auraconnect/offline-sync';
import { answering, Cable, cut, type Fate, whole } from '../engine/cable.ts';
import { only, sharedServer } from '../engine/shared_server.ts';
import { appOfTheTree, drained, openReadyTill, openTill, sellSoup, soup } from '../engine/till.ts';
import { assertCovers, fixtureLines } from '../scenarios/parted_tills.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { appOf, frozenVersions } from './frozen.ts';

const server = sharedServer();

for (const version of frozenVersions) {
  test(`${version}: a store of today is refused by the app of then or kept by it, and nothing of its queue is lost`, async (context) => {
    const old = await appOf(version);
    const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
    const device = only(restaurant.devices);
    const storage = appOfTheTree.memoryStorage();
    const cable = new Cable();
    const options = { storage, fetch: cable.fetch };
    const before = await openReadyTill(server().url, device, options);
    await sellSoup(before);
    await drained(before);
    cable.fate = cut;
    await sellSoup(before);
    const { orderId } = await before.orders.open({ tableId: 'tbl_1', lines: fixtureLines });
    await before.orders.addAdjustment(orderId, { kind: 'discount', name: 'Neighbour', ratePpm: 100_000 });
    const seen = before.orders.list();
    const queued = before.status().queueDepth;
    assert.equal(queued, 4 + 5);
    await before.close();

    let addedThen = 0;
    try {
      const then = await openTill(server().url, device, options, old);
      context.diagnostic(`${version} opens a store of today`);
      addedThen = await goOnWith(then, seen, orderId);
    } catch (thrown) {
      const { name, code } = thrown as { name: string; code: string };
      context.diagnostic(`${version} refuses a store of today: ${code}`);
      assert.equal(name, 'EngineError');
      assert.match(code, /^STORE_/);
    }

    const after = await openTill(server().url, device, options);
    assert.deepEqual([after.status().storage.state, after.status().storage.damage], ['ok', []]);
    assert.equal(after.status().queueDepth, queued + addedThen);
    const shown = new Map(after.orders.list().map((order) => [order.orderId, order]));
    for (const order of seen) {
      const now = shown.get(order.orderId) ?? assert.fail(`${order.ticketNo} is there`);
      if (order.orderId !== orderId || addedThen === 0) assert.deepEqual(now, order);
    }
    cable.fate = whole;
    await drained(after);
    const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
    assert.equal(operations.length, 4 + queued + addedThen);
    assert.ok(operations.every(({ outcome }) => outcome === 'applied'));
    assert.deepEqual([orders.length, paidMinor(orders)], [3, 2 * soup.totalMinor]);
    const other = await openReadyTill(server().url, only(restaurant.devices, 1));
    assert.equal(after.confirmedHash(), other.confirmedHash());
  });
}

/** Refuses every body with this text in it, as a wall on the way does, and passes the others on. */
function refusing(text: string): Fate {
  return (deliver, url, init) => {
    if (!(init.body ?? '').includes(text)) return deliver();
    return answering(422, 'application/problem+json', '{"code":"INVALID_REQUEST"}')(deliver, url, init);
  };
}

for (const [version, goesOn] of frozenVersions.flatMap((name) => [[name, false] as const, [name, true] as const])) {
  const what = goesOn ? 'that sells on and sends' : 'that is closed again';
  test(`${version}: a store in which today's app gave a mutation up loses nothing in an app of then ${what}`, async (context) => {
    const old = await appOf(version);
    const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
    const device = only(restaurant.devices);
    const storage = appOfTheTree.memoryStorage();
    const cable = new Cable();
    const options = { storage, fetch: cable.fetch };
    const before = await openReadyTill(server().url, device, options);
    const first = await sellSoup(before);
    cable.fate = refusing('xp_cmdshell');
    await before.orders.addNote(first.orderId, 'xp_cmdshell');
    const second = await sellSoup(before);
    await drained(before);
    const given = before.status().parked.map(({ code, changeType }) => [code, changeType]);
    assert.deepEqual(given, [['INVALID_REQUEST', 'add_note']]);
    cable.fate = cut;
    const sold = [first, second, await sellSoup(before)];
    await before.close();

    try {
      const then = await openTill(server().url, device, options, old);
      const { state, damage } = then.status().storage;
      context.diagnostic(`${version} opens it: ${state} ${damage.map(({ kind }) => kind).join()}`);
      if (goesOn) {
        cable.fate = whole;
        sold.push(await sellSoup(then));
        await drained(then);
        cable.fate = cut;
        sold.push(await sellSoup(then));
      }
      await then.close();
    } catch (thrown) {
      const { code } = thrown as { code: string };
      context.diagnostic(`${version} refuses it: ${code}`);
      assert.match(code ?? String(thrown), /^STORE_/);
    }

    const after = await openTill(server().url, device, options);
    assert.equal(after.status().queueDepth, 4);
    assert.ok(
      after.status().parked.some(({ changeType }) => changeType === 'add_note'),
      'what was given up is kept for a person',
    );
    cable.fate = whole;
    await drained(after);
    const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
    const taken = operations.filter(({ outcome }) => outcome === 'applied');
    assert.deepEqual(
      [taken.length, orders.length, paidMinor(orders)],
      [4, 1, soup.totalMinor].map((one) => one * sold.length),
    );
    const other = await openReadyTill(server().url, only(restaurant.devices, 1));
    for (const till of [after, other]) {
      const ids = till.orders.list().map(({ orderId }) => orderId);
      assert.deepEqual(ids.toSorted(), sold.map(({ orderId }) => orderId).toSorted());
    }
    assert.equal(after.confirmedHash(), other.confirmedHash());
  });
}

/** Whoever opened it shows what there was and takes orders. Tells how many changes that made. */
async function goOnWith(then: Engine, seen: readonly OrderView[], orderId: string): Promise<number> {
  const shown = then.orders.list();
  assert.equal(shown.length, seen.length);
  for (const [place, order] of seen.entries()) assertCovers(order, only(shown, place));
  await then.orders.addNote(orderId, 'window seat');
  await then.close();
  return 1;
}
