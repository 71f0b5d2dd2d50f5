/** Queues that got stuck, were sent twice or were thrown away elsewhere, on real tills over the real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage } from '@auraconnect/offline-sync';
import { answering, Cable, cut, whole } from '../engine/cable.ts';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained, openReadyTill, openTill, sellSoup, soup } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant, type Restaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { HeldReplies, withForeignToken } from './fates.ts';

const server = sharedServer();

/** Holds the server's rows against so many soups, sold by one till, each mutation once and in order. */
async function assertSoldOnce({ tenantId }: Restaurant, soups: number): Promise<void> {
  const { operations, orders } = await ledgerOf(server(), tenantId);
  assert.deepEqual(
    operations.map(({ seq, outcome }) => [seq, outcome]),
    Array.from({ length: 4 * soups }, (_, place) => [place + 1, 'applied']),
  );
  assert.deepEqual([orders.length, paidMinor(orders)], [soups, soups * soup.totalMinor]);
}

test('a 401 in the middle of a queue keeps what is left of it, and nothing is sent again that was decided', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  cable.fate = cut;
  // More than one exchange carries.
  for (let sold = 0; sold < 30; sold += 1) await sellSoup(till);
  cable.sent.length = 0;
  let passed = 0;
  cable.fate = (deliver, url, init) => {
    passed += 1;
    return passed === 1 ? deliver() : withForeignToken(deliver, url, init);
  };
  till.setConnection('online');
  await until('the till has stopped sending', () => till.status().paused);
  const { paused, lastErrorCode, queueDepth, parked } = till.status();
  assert.deepEqual([paused, lastErrorCode, queueDepth, parked], ['unauthorized', 'UNAUTHORIZED', 20, []]);
  const asked = cable.sent.length;
  await sellSoup(till);
  assert.deepEqual([till.status().queueDepth, cable.sent.length], [24, asked], 'nothing is sent until somebody acts');

  cable.sent.length = 0;
  cable.fate = whole;
  await drained(till);
  const again = cable.pushes().flatMap(({ mutations }) => mutations.map(({ seq }) => seq));
  assert.deepEqual(
    again,
    Array.from({ length: 24 }, (_, place) => 101 + place),
  );
  await assertSoldOnce(restaurant, 31);
});

test('what was entered last while a reply was on its way arrives by itself, without another entry', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  const held = new HeldReplies();
  cable.fate = held.fate;
  await sellSoup(till);
  await until('the first reply is on its way', () => held.given === 1);
  const last = await till.orders.open({ tableId: 'tbl_1' });
  cable.fate = whole;
  held.release();
  // Nobody taps, nobody asks, and the next pull is an hour away.
  await until('the last entry has arrived', () => till.status().queueDepth === 0);
  const { orders } = await ledgerOf(server(), restaurant.tenantId);
  assert.ok(orders.some(({ order_id }) => order_id === last.orderId));
  assert.equal(till.orders.get(last.orderId)?.pendingMutations, 0);
});

test('what was entered while an exchange failed arrives by itself when the server answers again', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  let fail: () => void = () => undefined;
  const failing = new Promise<void>((resolve) => (fail = resolve));
  let asked = 0;
  cable.fate = async () => {
    asked += 1;
    await failing;
    throw new TypeError('the cable is cut');
  };
  await till.orders.open({ tableId: 'tbl_1' });
  await until('the exchange is out', () => asked === 1);
  await sellSoup(till);
  cable.fate = whole;
  fail();
  await until('everything has arrived', () => till.status().queueDepth === 0);
  assert.equal((await ledgerOf(server(), restaurant.tenantId)).operations.length, 5);
});

test('three tills that come back in the same moment, round after round with one table between them, never lock each other out', async () => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B', 'Till C']);
  const cables = restaurant.devices.map(() => new Cable());
  const tills = [];
  for (const [place, device] of restaurant.devices.entries()) {
    tills.push(await openReadyTill(server().url, device, { fetch: only(cables, place).fetch }));
  }
  const { orderId, lines } = await only(tills).orders.open({ tableId: 'tbl_1', lines: [{ itemId: 'it_soup' }] });
  const { lineId } = only(lines);
  for (const till of tills) await drained(till);
  const rounds = 6;
  for (let round = 1; round <= rounds; round += 1) {
    for (const cable of cables) cable.fate = cut;
    await Promise.all(
      tills.map(async (till, place) => {
        const qty = till.orders.get(orderId)?.lines.find((line) => line.lineId === lineId)?.qty ?? 0;
        await till.orders.setQty(orderId, lineId, qty + 1);
        await till.orders.addLine(orderId, { itemId: 'it_bread' });
        await till.orders.moveTable(orderId, `tbl_${round}_${place}`);
        await till.orders.addNote(orderId, `round ${round} by ${place}`);
        await sellSoup(till);
      }),
    );
    for (const cable of cables) cable.fate = whole;
    await Promise.all(tills.map(drained));
  }
  await Promise.all(tills.map(drained));
  const [first, ...others] = tills.map((till) => till.orders.get(orderId));
  for (const other of others) assert.deepEqual(other, first);
  assert.equal(new Set(tills.map((till) => till.confirmedHash())).size, 1);
  assert.equal(first?.lines.find((line) => line.lineId === lineId)?.qty, 1 + 3 * rounds);
  assert.equal(first?.lines.length, 1 + 3 * rounds);
  const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
  assert.equal(operations.length, 2 + 3 * rounds * 8);
  assert.equal(paidMinor(orders), 3 * rounds * soup.totalMinor);
  assert.deepEqual(
    tills.flatMap((till) => till.status().parked),
    [],
  );
});

test('a till whose network goes while a retry is out takes the reply, and what it could not send it sends later, once', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  cable.fate = answering(503, 'application/problem+json', '{"code":"BUSY"}');
  await sellSoup(till);
  await until('the first attempt was refused', () => till.status().lastErrorCode === 'BUSY');
  const held = new HeldReplies();
  cable.fate = held.fate;
  till.syncNow();
  await until('the server has answered the retry', () => held.given === 1);
  till.setConnection('offline');
  await sellSoup(till);
  assert.deepEqual([till.status().connection, till.status().queueDepth], ['offline', 8]);
  cable.fate = cut;
  held.release();
  await until('the retry counts', () => till.status().queueDepth === 4);
  till.setConnection('offline');
  cable.fate = whole;
  await drained(till);
  await assertSoldOnce(restaurant, 2);
});

test('an app that is closed while a retry is out sends the same again after its start, and nothing doubles', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const storage = memoryStorage();
  const cable = new Cable();
  const before = await openReadyTill(server().url, only(restaurant.devices), { storage, fetch: cable.fetch });
  const held = new HeldReplies();
  cable.fate = held.fate;
  await sellSoup(before);
  // The first exchange may have left with the first command alone; what follows it waits for its reply.
  await until('the server has answered', () => held.given === 1);
  const { queueDepth } = before.status();
  await before.close();
  held.release();

  const again = new Cable();
  again.fate = cut;
  const after = await openTill(server().url, only(restaurant.devices), { storage, fetch: again.fetch });
  assert.equal(after.status().queueDepth, queueDepth, 'a reply that nobody waited for settles nothing');
  again.fate = whole;
  await drained(after);
  await assertSoldOnce(restaurant, 1);
});

test('what was taken before a start, between two and after the last one is sent whole, and nothing that was settled is sent again', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const device = only(restaurant.devices);
  const storage = memoryStorage();
  const cable = new Cable();
  const options = { storage, fetch: cable.fetch };
  const first = await openReadyTill(server().url, device, options);
  cable.fate = cut;
  await sellSoup(first);
  await first.close();
  const second = await openTill(server().url, device, options);
  await sellSoup(second);
  await second.close();
  const third = await openTill(server().url, device, options);
  await sellSoup(third);
  assert.equal(third.status().queueDepth, 12);
  cable.fate = whole;
  await drained(third);
  await assertSoldOnce(restaurant, 3);
  await third.close();
  cable.sent.length = 0;
  const fourth = await openTill(server().url, device, options);
  await drained(fourth);
  assert.ok(cable.sent.length > 0, 'it has asked');
  assert.deepEqual(cable.pushes(), []);
});

test('who works the till changes while nothing can be sent: each mutation names whoever made it, and none is lost', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const device = only(restaurant.devices);
  const storage = memoryStorage();
  const cable = new Cable();
  const options = { storage, fetch: cable.fetch };
  const mara = await openReadyTill(server().url, device, { ...options, staffId: 'stf_mara' });
  cable.fate = cut;
  const { orderId } = await mara.orders.open({ tableId: 'tbl_7' });
  mara.setStaff('stf_ines');
  await mara.orders.addLine(orderId, { itemId: soup.itemId });
  await mara.close();
  const tomas = await openTill(server().url, device, { ...options, staffId: 'stf_tomas' });
  assert.equal(tomas.status().queueDepth, 2);
  await tomas.orders.addPayment(orderId, { type: 'cash', amountMinor: soup.totalMinor });
  await tomas.orders.close(orderId);
  cable.fate = whole;
  await drained(tomas);
  const rows = await server().sql<{ staff: string; type: string }>(
    `SELECT json_extract(body, '$.actor.staff_id') AS staff, json_extract(body, '$.change.type') AS type
     FROM operations WHERE tenant_id = ?1 ORDER BY seq`,
    restaurant.tenantId,
  );
  assert.deepEqual(
    rows.map(({ type, staff }) => [type, staff]),
    [
      ['open', 'stf_mara'],
      ['add_line', 'stf_ines'],
      ['add_payment', 'stf_tomas'],
      ['close', 'stf_tomas'],
    ],
  );
  const { openedBy, payments } = tomas.orders.get(orderId) ?? assert.fail('the order is there');
  assert.deepEqual([openedBy, only(payments).by], ['stf_mara', 'stf_tomas']);
});
