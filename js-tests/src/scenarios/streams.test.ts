/** What becomes of a device's stream when replies are lost, come late, or the device is put back to yesterday: vectors 12 to 14. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import { memoryStorage } from '@auraconnect/offline-sync';
import { Cable, cut, type Fate, repliesLost, whole } from '../engine/cable.ts';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained, openReadyTill, openTill, sellSoup, soup } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { imageOf } from './store_image.ts';

const server = sharedServer();

for (const { what, withKeyStore } of [
  { what: 'with its key store, as from a backup of everything', withKeyStore: true },
  { what: 'while its key store remembers, as from a copy of the files', withKeyStore: false },
]) {
  test(`V12: a till put back to yesterday overwrites nothing, loses nothing and begins a new life (${what})`, async () => {
    const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
    const device = only(restaurant.devices);
    const storage = memoryStorage();
    const yesterday = await openReadyTill(server().url, device, { storage });
    const early = await sellSoup(yesterday);
    await drained(yesterday);
    const image = await imageOf(storage);
    const late = [await sellSoup(yesterday), await sellSoup(yesterday)];
    await drained(yesterday);
    await yesterday.close();
    const before = await ledgerOf(server(), restaurant.tenantId);
    assert.equal(before.operations.length, 12);

    const cable = new Cable();
    cable.fate = cut;
    const store = await image({ withKeyStore });
    const restored = await openTill(server().url, device, { storage: store, fetch: cable.fetch });
    assert.deepEqual(
      restored.orders.list().map(({ orderId }) => orderId),
      [early.orderId],
    );
    const { state, damage } = restored.status().storage;
    const found = withKeyStore ? ['ok', []] : ['damaged', ['rolled_back']];
    assert.deepEqual([state, damage.map(({ kind }) => kind)], found);
    // It gives numbers anew that the server holds other content under.
    const anew = await sellSoup(restored);
    const refused: string[] = [];
    cable.fate = noting(refused);
    await drained(restored);
    assert.deepEqual(refused, ['SEQ_REUSE'], 'the server says so once, and the new life is taken');

    const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
    const firstLife = only(before.operations).incarnation;
    const kept = operations.filter(({ incarnation }) => incarnation === firstLife);
    assert.deepEqual(kept, before.operations, 'nothing of the first life was overwritten');
    const secondLife = operations.filter(({ incarnation }) => incarnation !== firstLife);
    assert.deepEqual(
      secondLife.map(({ seq, outcome, recordId }) => [seq, outcome, recordId]),
      [1, 2, 3, 4].map((seq) => [seq, 'applied', anew.orderId]),
    );
    assert.deepEqual([orders.length, paidMinor(orders)], [4, 4 * soup.totalMinor]);
    const [aside] = await server().sql<{ count: number }>(
      'SELECT count(*) AS count FROM set_aside WHERE tenant_id = ?1',
      restaurant.tenantId,
    );
    assert.equal(aside?.count, 4, 'what came under numbers given before is kept aside');
    const [{ reused_at: reusedAt } = {}] = await server().sql(
      'SELECT reused_at FROM devices WHERE device_id = ?1',
      device.deviceId,
    );
    assert.ok(reusedAt, 'the device is marked');

    // What it had forgotten it has again, and so has everybody.
    const other = await openReadyTill(server().url, only(restaurant.devices, 1));
    const everything = [early, ...late, anew].map(({ orderId }) => orderId).toSorted();
    for (const till of [restored, other]) {
      const seen = till.orders.list();
      assert.deepEqual(seen.map(({ orderId }) => orderId).toSorted(), everything);
      assert.ok(seen.every(({ status, totals }) => status === 'closed' && totals.balanceMinor === 0));
    }
    assert.equal(restored.confirmedHash(), other.confirmedHash());
    assert.deepEqual(restored.status().parked, []);
    const tickets = restored.orders.list().map(({ ticketNo }) => ticketNo);
    assert.equal(tickets.filter((ticket) => ticket === anew.ticketNo).length, 2, 'the label comes twice');
    assert.deepEqual(
      restored.status().findings.map(({ code }) => code),
      ['TICKET_NO_REUSED'],
    );
  });
}

test('V12: a till put back to yesterday that reads before it writes shows what it writes, and delivers it', async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const device = only(restaurant.devices);
  const storage = memoryStorage();
  const yesterday = await openReadyTill(server().url, device, { storage });
  const image = await imageOf(storage);
  const { orderId } = await yesterday.orders.open({ tableId: 'tbl_7' });
  for (let count = 0; count < 5; count += 1) await yesterday.orders.addLine(orderId, { itemId: soup.itemId });
  await drained(yesterday);
  await yesterday.close();

  const cable = new Cable();
  const store = await image({ withKeyStore: true });
  const restored = await openReadyTill(server().url, device, { storage: store, fetch: cable.fetch });
  await drained(restored);
  assert.equal(restored.orders.get(orderId)?.lines.length, 5, 'what it had forgotten came back');
  cable.fate = cut;
  const noted = await restored.orders.addNote(orderId, 'window seat');
  assert.deepEqual([noted.note, restored.orders.get(orderId)?.note], ['window seat', 'window seat']);
  assert.equal(noted.pendingMutations, 1);
  cable.fate = whole;
  await drained(restored);
  const other = await openReadyTill(server().url, only(restaurant.devices, 1));
  for (const till of [restored, other]) {
    const { note, lines, pendingMutations } = till.orders.get(orderId) ?? assert.fail('the order is there');
    assert.deepEqual([note, lines.length, pendingMutations], ['window seat', 5, 0]);
  }
});

/** Passes everything on and notes the codes of refusals. */
function noting(codes: string[]): Fate {
  return async (deliver) => {
    const answer = await deliver();
    if (answer.status === 200) return answer;
    const body = await answer.text();
    codes.push((JSON.parse(body) as { code: string }).code);
    return { status: answer.status, headers: answer.headers, text: () => Promise.resolve(body) };
  };
}

test('V13: fourteen mutations sent again after a lost reply are fourteen repeats, and the totals stay what they were', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  cable.fate = cut;
  const sold = [await sellSoup(till), await sellSoup(till), await sellSoup(till)];
  const { orderId } = await till.orders.open({ tableId: 'tbl_1' });
  await till.orders.addLine(orderId, { itemId: 'it_bread' });
  assert.equal(till.status().queueDepth, 14);
  const views = till.orders.list().map(({ pendingMutations: _, ...view }) => view);

  cable.fate = repliesLost;
  till.setConnection('online');
  await until('the server holds all', async () => {
    return (await ledgerOf(server(), restaurant.tenantId)).operations.length === 14;
  });
  await until('the till has given up waiting', () => !till.status().exchanging);
  const before = await ledgerOf(server(), restaurant.tenantId);
  assert.equal(till.status().queueDepth, 14);

  const replies: { verdicts: { replayed: boolean; outcome: string }[] }[] = [];
  cable.fate = async (deliver) => {
    const answer = await deliver();
    const body = await answer.text();
    replies.push(JSON.parse(body));
    return { status: answer.status, headers: answer.headers, text: () => Promise.resolve(body) };
  };
  await drained(till);
  assert.deepEqual(
    replies[0]?.verdicts.map(({ replayed, outcome }) => [replayed, outcome]),
    Array.from({ length: 14 }, () => [true, 'applied']),
  );
  assert.deepEqual(await ledgerOf(server(), restaurant.tenantId), before, 'the repeat wrote nothing');
  assert.deepEqual(
    till.orders.list().map(({ pendingMutations: _, ...view }) => view),
    views,
  );
  assert.deepEqual([paidMinor(before.orders), sold.length], [3 * soup.totalMinor, 3]);
});

test('V14: a delta of an older moment that arrives late does not open a closed order again', async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const cable = new Cable();
  const a = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  const b = await openReadyTill(server().url, only(restaurant.devices, 1));
  const { orderId } = await a.orders.open({ tableId: 'tbl_7' });
  await a.orders.addLine(orderId, { itemId: soup.itemId });
  await drained(a);
  // Somebody else touches the order, so that the delta of this moment holds it as it is now: open.
  await drained(b);
  await b.orders.addNote(orderId, 'window seat');
  await drained(b);
  const stale: { body?: string } = {};
  cable.fate = async (deliver) => {
    const answer = await deliver();
    stale.body = await answer.text();
    throw new TypeError('the reply got stuck somewhere');
  };
  a.syncNow();
  await until('the reply is on its way', () => stale.body !== undefined && !a.status().exchanging);
  assert.match(stale.body ?? '', /window seat/);

  cable.fate = whole;
  await a.orders.addPayment(orderId, { type: 'cash', amountMinor: soup.totalMinor });
  await a.orders.close(orderId);
  await drained(a);
  const closed = a.orders.get(orderId);
  const [cursor, hash] = [a.status().cursor, a.confirmedHash()];
  assert.deepEqual([closed?.status, closed?.note, closed?.pendingMutations], ['closed', 'window seat', 0]);

  const heard: (string | undefined)[] = [];
  a.subscribe(() => heard.push(a.orders.get(orderId)?.status));
  cable.fate = once({ body: stale.body ?? '' }, cable);
  await drained(a);
  assert.deepEqual(a.orders.get(orderId), closed);
  assert.deepEqual([...new Set(heard)], ['closed'], 'not for a moment');
  assert.equal(a.confirmedHash(), hash);
  await drained(b);
  assertSame(a, b);
  assert.notEqual(cursor, null);
});

/** Answers the next request with an old body; the ones after it reach the server. */
function once({ body }: { readonly body: string }, cable: Cable): Fate {
  return async (deliver) => {
    const answer = await deliver();
    cable.fate = whole;
    return { status: 200, headers: answer.headers, text: () => Promise.resolve(body) };
  };
}

function assertSame(a: Engine, b: Engine): void {
  assert.deepEqual(a.orders.list(), b.orders.list());
  assert.equal(a.confirmedHash(), b.confirmedHash());
}
