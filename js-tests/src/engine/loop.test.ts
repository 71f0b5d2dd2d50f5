import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage } from '@auraconnect/offline-sync';
import type { Status } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { answering, Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, openTill } from './till.ts';

const server = sharedServer();

test('a till whose timers come a moment early still pulls and still tries again', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  // By this clock every timer of the platform comes two percent early.
  const monotonicNow = () => performance.now() * 0.98;
  const options = { fetch: cable.fetch, pullIntervalMs: 1_000, monotonicNow };
  const till = await openReadyTill(server().url, only(devices), options);
  const pulls = cable.sent.length;
  await until('the till has pulled three times by itself', () => cable.sent.length >= pulls + 3);
  cable.fate = cut;
  await till.orders.open();
  const attempts = cable.sent.length;
  await until('the till has tried again by itself', () => cable.sent.length >= attempts + 2);
  cable.fate = whole;
  await until('the order has arrived by itself', () => till.status().queueDepth === 0);
});

test('listeners hear of every change of the link: lost, refused, hinted, back', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(devices), { fetch: cable.fetch });
  let heard: Status = till.status();
  till.subscribe(() => (heard = till.status()));
  const shown = () => [heard.connection, heard.paused, heard.lastErrorCode, heard.exchanging];

  cable.fate = cut;
  till.syncNow();
  await until('the exchange has failed', () => till.status().lastErrorCode);
  assert.deepEqual(shown(), ['degraded', null, 'NO_ANSWER', false]);

  cable.fate = answering(401, 'application/problem+json', '{"code":"UNAUTHORIZED"}');
  till.syncNow();
  await until('the till has stopped sending', () => till.status().paused);
  assert.deepEqual(shown(), ['degraded', 'unauthorized', 'UNAUTHORIZED', false]);

  cable.fate = whole;
  await drained(till);
  till.syncNow();
  await until('a link that answers twice is a good one', () => till.status().connection === 'online');
  await until('the exchange is over', () => !till.status().exchanging);
  assert.deepEqual(shown(), ['online', null, null, false]);
  till.setConnection('offline');
  assert.equal(heard.connection, 'offline');
});

test('a store of another device does not open, sends nothing, and its owner finds it as it was', async () => {
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const storage = memoryStorage();
  const owner = await openReadyTill(server().url, only(devices), { storage });
  await owner.orders.open({ tableId: 'tbl_1' });
  const seen = owner.orders.list();
  await owner.close();
  const cable = new Cable();
  const opening = openTill(server().url, only(devices, 1), { storage, fetch: cable.fetch });
  await assert.rejects(opening, { name: 'EngineError', code: 'STORE_OF_OTHER_DEVICE' });
  cable.fate = cut;
  const again = await openTill(server().url, only(devices), { storage, fetch: cable.fetch });
  assert.deepEqual(again.orders.list(), seen);
  await until('the owner has tried to send', () => cable.sent.length > 0);
  const tokens = cable.sent.map(({ init }) => init.headers['authorization']);
  assert.equal(tokens.length, 1, 'the refused engine sent nothing');
});
