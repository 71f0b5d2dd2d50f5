import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryKeys, memoryStorage, openEngine } from '@auraconnect/offline-sync';
import type { EngineError, KeyProvider, StorageAdapter } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { Cable, cut } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, sellSoup } from './till.ts';

const server = sharedServer();

/** A till of its own restaurant. */
async function enrolled() {
  return only((await openRestaurant(server(), ['Till A'])).devices);
}

/** The code with which a store is not opened by who does not say whose it is. */
function refusalOf(storage: StorageAdapter, keys: KeyProvider): Promise<string> {
  return codeOf(openEngine({ storage, keys, serverUrl: server().url, staffId: 'stf_mara' }));
}

/** Everything that a store holds, keys and values, as one text of bytes. */
async function rawText(storage: StorageAdapter): Promise<string> {
  const keys = await storage.list('');
  const values = await storage.read(keys);
  const bytes = Buffer.concat(values.map((value) => Buffer.from(value ?? [])));
  return `${keys.join('\n')}\n${bytes.toString('latin1')}`;
}

async function codeOf(outcome: Promise<unknown>): Promise<string> {
  return outcome.then(
    () => 'no error',
    (error: EngineError) => error.code,
  );
}

test('no name, no note, no token and no person stands in the bytes of a store', async () => {
  const enrolment = await enrolled();
  const storage = memoryStorage();
  const till = await openReadyTill(server().url, enrolment, { storage, staffId: 'stf_canary_person' });
  const { orderId } = await till.orders.open({ tableId: 'tbl_canary_table', lines: [{ itemId: 'it_soup' }] });
  await till.orders.addNote(orderId, 'canary-note: no nuts');
  await drained(till);
  const raw = await rawText(storage);
  assert.ok(raw.length > 2_000);
  const spoken = ['canary', 'nuts', enrolment.deviceToken, 'it_soup', 'Soup', 'stf_', 'open_order', '"type"'];
  for (const canary of spoken) assert.ok(!raw.includes(canary), canary);
});

test('a store whose keys are gone is not opened, and with its enrolment put aside for a new one', async () => {
  const enrolment = await enrolled();
  const [storage, keys] = [memoryStorage(), memoryKeys()];
  const till = await openReadyTill(server().url, enrolment, { storage, keys });
  await sellSoup(till);
  await till.close();
  const before = await rawText(storage);
  await keys.erase();

  assert.equal(await refusalOf(storage, keys), 'STORE_KEY_LOST');
  assert.equal(await rawText(storage), before, 'nothing was written');

  const anew = await openReadyTill(server().url, enrolment, { storage, keys });
  const { state, putAside } = anew.status().storage;
  assert.deepEqual([state, putAside], ['put_aside', 1]);
  await sellSoup(anew);
  await drained(anew);
  await anew.close();
  const again = await openReadyTill(server().url, enrolment, { storage, keys });
  assert.equal(again.status().storage.putAside, 1, 'no second one is put aside');
  assert.equal(again.orders.list().length, 2, 'what the old store had sent came back from the server');
});

test('a new key seals from now on, and the old one opens nothing once everything is sealed anew', async () => {
  const enrolment = await enrolled();
  const [storage, keys] = [memoryStorage(), memoryKeys()];
  const till = await openReadyTill(server().url, enrolment, { storage, keys });
  await sellSoup(till);
  const [old] = await keys.load();
  assert.ok(old);
  await till.rotateKey();
  assert.equal((await keys.load()).length, 2, 'the old key is kept as long as something needs it');
  await until('everything is sealed anew', async () => {
    const [only, ...others] = await keys.load();
    return others.length === 0 && only?.id === old.id + 1;
  });
  assert.equal(till.status().storage.sealed, true);
  await till.close();
  await keys.save([old]);
  assert.equal(await refusalOf(storage, keys), 'STORE_KEY_LOST');
});

test('a full device refuses the save by name, loses nothing, and goes on when there is room again', async () => {
  const enrolment = await enrolled();
  const storage = memoryStorage();
  let full = false;
  const narrow: StorageAdapter = {
    ...storage,
    commit: (batch) =>
      full ? Promise.reject(Object.assign(new Error('no room'), { code: 'STORAGE_FULL' })) : storage.commit(batch),
    space: () => Promise.resolve({ usedBytes: 900, quotaBytes: 9_092 }),
    persist: () => Promise.resolve(true),
  };
  const cable = new Cable();
  const till = await openReadyTill(server().url, enrolment, { storage: narrow, fetch: cable.fetch });
  cable.fate = cut;
  await until('the room is known', () => till.status().storage.usedBytes !== null);
  const { persisted, runwayOrders } = till.status().storage;
  assert.deepEqual([persisted, runwayOrders], [true, 2]);
  const saved = await till.orders.open({ tableId: 'tbl_1' });
  full = true;
  assert.equal(await codeOf(till.orders.open({ tableId: 'tbl_2' })), 'STORAGE_FULL');
  assert.equal(till.status().storage.state, 'full');
  full = false;
  await till.orders.open({ tableId: 'tbl_3' });
  assert.equal(till.status().storage.state, 'ok');
  assert.deepEqual(
    till.orders.list().map(({ tableId }) => tableId),
    [saved.tableId, 'tbl_3'],
  );
});

test('an order is opened with its first lines in one commit, or not at all', async () => {
  const enrolment = await enrolled();
  const till = await openReadyTill(server().url, enrolment);
  const before = till.status().storage.journalNumber;
  const order = await till.orders.open({
    tableId: 'tbl_9',
    lines: [{ itemId: 'it_soup', qty: 2 }, { itemId: 'it_fries' }],
  });
  assert.deepEqual(
    order.lines.map(({ itemId, qty }) => [itemId, qty]),
    [
      ['it_soup', 2],
      ['it_fries', 1],
    ],
  );
  assert.equal(till.status().storage.journalNumber, before + 1);
  const refused = await till.orders.open({ lines: [{ itemId: 'it_soup' }, { itemId: 'it_of_nobody' }] }).then(
    () => undefined,
    ({ code, field }: EngineError) => ({ code, field }),
  );
  assert.deepEqual(refused, { code: 'ITEM_UNKNOWN', field: 'lines.1.itemId' });
  const { orderId } = order;
  const again = await till.orders.open({ orderId, lines: [{ itemId: 'it_soup' }] });
  assert.equal(again.lines.length, 2, 'a double tap adds nothing');
  assert.equal(till.orders.list().length, 1);
});
