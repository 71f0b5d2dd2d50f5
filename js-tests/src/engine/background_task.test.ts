/** What a task in the background does on React Native, on a store in memory and the real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Engine, memoryStorage } from '@auraconnect/offline-sync';
import { syncInBackground } from '@auraconnect/offline-sync/background';
import { ledgerOf } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { openReadyTill, openTill, sellSoup } from './till.ts';

const server = sharedServer();

/** An app with four changes on its disk that the server does not have. */
async function appWithWork() {
  const { devices, tenantId } = await openRestaurant(server(), ['Till A']);
  const device = only(devices);
  const cable = new Cable();
  // A store outlives its engines.
  const storage = { ...memoryStorage(), close: () => Promise.resolve() };
  const opened: Engine[] = [];
  const open = async (): Promise<Engine> => {
    const engine = await openTill(server().url, device, { storage, fetch: cable.fetch });
    opened.push(engine);
    return engine;
  };
  const till = await openReadyTill(server().url, device, { storage, fetch: cable.fetch });
  cable.fate = cut;
  await sellSoup(till);
  const sent = async (): Promise<number> => (await ledgerOf(server(), tenantId)).operations.length;
  return { till, cable, open, opened, sent };
}

test('a task opens the engine, sends everything once and closes it again', async () => {
  const { till, cable, open, opened, sent } = await appWithWork();
  await till.close();
  cable.fate = whole;
  assert.equal(await syncInBackground(open), 'success');
  assert.equal(await sent(), 4);
  assert.throws(() => only(opened).status(), { code: 'ENGINE_CLOSED' });
  assert.equal(await syncInBackground(open), 'success', 'the store is free for the next one');
  assert.deepEqual([opened.length, await sent()], [2, 4]);
});

test('a task that cannot reach the server fails in its time, closes the engine and loses nothing', async () => {
  const { till, cable, open, opened, sent } = await appWithWork();
  await till.close();
  assert.equal(await syncInBackground(open, { timeoutMs: 50 }), 'failed');
  assert.throws(() => only(opened).status(), { code: 'ENGINE_CLOSED' });
  assert.equal(await sent(), 0);
  cable.fate = whole;
  assert.equal(await syncInBackground(open), 'success');
  assert.equal(await sent(), 4);
});

test('an engine that is open already is drained as it is, and stays open', async () => {
  const { till, cable, open, opened, sent } = await appWithWork();
  cable.fate = whole;
  assert.equal(await syncInBackground(open, { current: () => till }), 'success');
  assert.deepEqual([opened.length, await sent(), till.status().queueDepth], [0, 4, 0]);
  await till.orders.open({ tableId: 'tbl_1' });
});

test('a task that does not know of the open engine fails, and that engine works on', async () => {
  const { till, cable, open, opened, sent } = await appWithWork();
  assert.equal(await syncInBackground(open), 'failed');
  assert.equal(opened.length, 0);
  await till.orders.open({ tableId: 'tbl_1' });
  cable.fate = whole;
  assert.equal((await till.drain()).outcome, 'drained');
  assert.equal(await sent(), 5);
});

test('a task whose app cannot open its store fails and does not throw', async () => {
  assert.equal(await syncInBackground(() => Promise.reject(new Error('the disk is gone'))), 'failed');
});
