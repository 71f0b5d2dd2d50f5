import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineError, memoryStorage, openEngine } from '@auraconnect/offline-sync';
import type { Engine } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { Cable, cut } from './cable.ts';
import { countingStorage } from './counting_storage.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, openTill } from './till.ts';

const server = sharedServer();
const nowhere = '0199f7a0-0000-7000-8000-00000000dead';

type Attempt = (orders: Engine['orders'], orderId: string, lineId: string) => Promise<unknown>;

const refused: Readonly<Record<string, readonly Attempt[]>> = {
  ITEM_UNAVAILABLE: [(orders, id) => orders.addLine(id, { itemId: 'it_oyster' })],
  ITEM_UNKNOWN: [(orders, id) => orders.addLine(id, { itemId: 'it_lobster' })],
  MODIFIER_CHOICE: [
    (orders, id) => orders.addLine(id, { itemId: 'it_burger' }),
    (orders, id) => orders.addLine(id, { itemId: 'it_burger', optionIds: ['mo_med', 'mo_well'] }),
    (orders, id) => orders.addLine(id, { itemId: 'it_slaw', optionIds: ['mo_med'] }),
  ],
  BALANCE_DUE: [(orders, id) => orders.close(id)],
  PAYMENT_AMOUNT: [
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: 786 }),
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: 0 }),
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: -5 }),
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: 500, tenderedMinor: 499 }),
  ],
  ORDER_UNKNOWN: [
    (orders) => orders.addLine(nowhere, { itemId: 'it_soup' }),
    (orders) => orders.addPayment(nowhere, { type: 'cash', amountMinor: 1 }),
    (orders) => orders.close(nowhere),
  ],
  LINE_UNKNOWN: [(orders, id) => orders.setQty(id, nowhere, 2), (orders, id) => orders.voidLine(id, nowhere, 'x')],
  FIELD_INVALID: [
    ...[0, -1, 1.5, 10_000, Number.NaN, Number.POSITIVE_INFINITY].map(
      (qty): Attempt =>
        (orders, id) =>
          orders.addLine(id, { itemId: 'it_soup', qty }),
    ),
    (orders, id, line) => orders.setQty(id, line, 0),
    (orders, id, line) => orders.setQty(id, line, '2' as unknown as number),
    (orders, id) => orders.addLine(id, { itemId: 'it_soup', note: 'x'.repeat(4097) }),
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: Number.NaN }),
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: 100, tipMinor: Number.NaN }),
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: 2 ** 53 }),
    (orders, id) => orders.addPayment(id, { type: 'cash', amountMinor: 100n as unknown as number }),
    (orders, id) => orders.addPayment(id, { type: 'cheque' as 'cash', amountMinor: 100 }),
    (orders) => orders.addLine('not-a-uuid', { itemId: 'it_soup' }),
    (orders, id) => orders.addLine(id, { itemId: 'it_soup', note: 'no nuts\0' }),
    (orders, id) => orders.addLine(id, { itemId: 'it_soup', note: 'half a character \ud83d' }),
    (orders, id, line) => orders.voidLine(id, line, 7 as unknown as string),
    (orders) => orders.open({ guests: 0 }),
    (orders) => orders.open({ qty: 1 } as { guests?: number }),
  ],
  COMMAND_INVALID: [(orders, id) => orders.addLine(id, { itemId: 'it_soup', vip: true } as { itemId: string })],
};

test('a refused command rejects with its code, writes nothing and changes nothing', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const storage = countingStorage();
  const till = await openReadyTill(server().url, only(restaurant.devices), { storage });
  const { orderId } = await till.orders.open();
  const { lines } = await till.orders.addLine(orderId, { itemId: 'it_soup' });
  await drained(till);
  const before = { commits: storage.commits(), orders: till.orders.list(), queueDepth: 0 };
  for (const [code, attempts] of Object.entries(refused)) {
    for (const attempt of attempts) {
      const given = attempt(till.orders, orderId, only(lines).lineId);
      await assert.rejects(given, (error) => {
        assert.ok(error instanceof EngineError, `${String(attempt)} rejected with ${String(error)}`);
        assert.equal(error.code, code, `${String(attempt)}: ${error.message}`);
        if (code === 'FIELD_INVALID') assert.match(error.message, new RegExp(`^${error.field}: `));
        return error.message.length > 0;
      });
    }
  }
  const after = { commits: storage.commits(), orders: till.orders.list(), queueDepth: till.status().queueDepth };
  assert.deepEqual(after, before);
});

test('a closed order takes no new line, no new quantity and no void', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(restaurant.devices));
  const { orderId } = await till.orders.open();
  const { lines } = await till.orders.addLine(orderId, { itemId: 'it_soup' });
  await till.orders.addPayment(orderId, { type: 'cash', amountMinor: 785 });
  await till.orders.close(orderId);
  const { lineId } = only(lines);
  await assert.rejects(till.orders.addLine(orderId, { itemId: 'it_soup' }), { code: 'ORDER_CLOSED' });
  await assert.rejects(till.orders.setQty(orderId, lineId, 2), { code: 'ORDER_CLOSED' });
  await assert.rejects(till.orders.voidLine(orderId, lineId, 'mistake'), { code: 'ORDER_CLOSED' });
});

test('a store that was never given an enrolment does not open', async () => {
  const storage = countingStorage();
  const opening = openEngine({ storage, serverUrl: server().url, staffId: 'stf_mara' });
  await assert.rejects(opening, { name: 'EngineError', code: 'NOT_ENROLLED' });
  assert.equal(storage.commits(), 0);
});

test('a till without a menu or without a person takes no order, and says which is missing', async (context) => {
  const restaurant = await openRestaurant(server(), ['Till A', 'Till B']);
  const without = await openTill(server().url, only(restaurant.devices), { fetch: cutCable() });
  await assert.rejects(without.orders.open(), { code: 'MENU_MISSING' });
  assert.equal(without.menu(), undefined);
  const till = await openEngine({
    storage: memoryStorage(),
    serverUrl: server().url,
    enrolment: only(restaurant.devices, 1),
    pullIntervalMs: 3_600_000,
  });
  context.after(() => till.close());
  await drained(till);
  await assert.rejects(till.orders.open(), { code: 'NOT_SIGNED_IN' });
  till.setStaff('stf_odell');
  assert.equal((await till.orders.open()).openedBy, 'stf_odell');
});

test('a closed engine refuses everything and has kept what was given before', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const storage = memoryStorage();
  const till = await openReadyTill(server().url, only(restaurant.devices), { storage, fetch: new Cable().fetch });
  const opening = till.orders.open({ tableId: 'tbl_9' });
  const closing = till.close();
  await assert.rejects(till.orders.open(), { code: 'ENGINE_CLOSED' });
  assert.throws(() => till.orders.list(), { code: 'ENGINE_CLOSED' });
  const { orderId } = await opening;
  await closing;
  const again = await openTill(server().url, only(restaurant.devices), { storage, fetch: cutCable() });
  assert.equal(again.orders.get(orderId)?.tableId, 'tbl_9');
});

function cutCable() {
  const cable = new Cable();
  cable.fate = cut;
  return cable.fetch;
}
