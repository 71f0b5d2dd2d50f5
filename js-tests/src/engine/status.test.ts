import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage, openEngine } from '@auraconnect/offline-sync';
import type { EngineEvent } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, openTill } from './till.ts';

const server = sharedServer();

test('the status tells what waits, since when, whether there is a link, and when it was last used', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  cable.fate = cut;
  // This till's wall clock stands still between commands.
  let wall = Date.parse('2026-10-31T23:40:00.000Z');
  const now = () => wall;
  const till = await openTill(server().url, only(devices), { fetch: cable.fetch, now });
  await until('the first exchange has failed', () => till.status().lastErrorCode);
  const { nextAttemptAt, ...start } = till.status();
  assert.notEqual(nextAttemptAt, null);
  assert.deepEqual(start, {
    role: 'writer',
    deviceId: only(devices).deviceId,
    devicePrefix: 'A',
    connection: 'offline',
    paused: null,
    queueDepth: 0,
    oldestPendingAt: null,
    lastSyncAt: null,
    exchanging: false,
    lastErrorCode: 'NO_ANSWER',
    cursor: null,
    moneyAtRiskMinor: 0,
    unsynced: [],
    conflictsOpen: 0,
    clockOffsetMs: null,
    parked: [],
    findings: [],
    storage: {
      state: 'ok',
      damage: [],
      putAside: 0,
      journalEntries: 1,
      journalNumber: 1,
      daysOnDisk: [],
      sealed: true,
      persisted: null,
      usedBytes: null,
      quotaBytes: null,
      runwayOrders: null,
    },
  });

  cable.fate = whole;
  wall += 60_000;
  await drained(till);
  const synced = till.status();
  assert.deepEqual([synced.connection, synced.lastSyncAt], ['online', '2026-10-31T23:41:00.000Z']);
  assert.notEqual(synced.cursor, null);

  cable.fate = cut;
  wall += 60_000;
  const { orderId } = await till.orders.open();
  wall += 60_000;
  await till.orders.addLine(orderId, { itemId: 'it_soup' });
  await until('the till has noticed', () => till.status().connection === 'offline');
  const waiting = till.status();
  assert.deepEqual([waiting.queueDepth, waiting.oldestPendingAt], [2, '2026-10-31T23:42:00.000Z']);
  assert.equal(waiting.lastSyncAt, '2026-10-31T23:41:00.000Z');
  assert.equal(till.orders.get(orderId)?.pendingMutations, 2);

  cable.fate = whole;
  await drained(till);
  const done = till.status();
  assert.deepEqual([done.queueDepth, done.oldestPendingAt], [0, null]);
  assert.equal(done.lastSyncAt, '2026-10-31T23:43:00.000Z');
});

test('every change is told to listeners after it is readable, and to nobody who has left', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices));
  const heard: string[] = [];
  const note = (event: EngineEvent): void => {
    if (event.type !== 'orders_changed') return;
    for (const id of event.orderIds) heard.push(`${till.orders.get(id)?.lines.length} lines`);
  };
  const leave = till.subscribe(note);
  const { orderId } = await till.orders.open();
  await till.orders.addLine(orderId, { itemId: 'it_soup' });
  leave();
  await till.orders.addLine(orderId, { itemId: 'it_bread' });
  assert.deepEqual([...new Set(heard)], ['0 lines', '1 lines']);
});

test('a listener may sell and sync from inside an event', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices));
  let added: Promise<unknown> | undefined;
  till.subscribe((event) => {
    if (event.type !== 'orders_changed') return;
    till.syncNow();
    const orderId = event.orderIds[0] ?? '';
    added ??= till.orders.addLine(orderId, { itemId: 'it_soup' });
  });
  const { orderId } = await till.orders.open();
  await added;
  await drained(till);
  assert.deepEqual(
    till.orders.get(orderId)?.lines.map(({ itemId }) => itemId),
    ['it_soup'],
  );
});

test('a listener that throws costs nobody anything: every command is saved and sent, every other listener hears', async (context) => {
  const reported = context.mock.method(console, 'error', () => undefined);
  const { devices } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices));
  let heard = 0;
  till.subscribe(() => {
    throw new Error('a screen with a mistake');
  });
  till.subscribe(() => (heard += 1));
  const opened = await Promise.all([till.orders.open(), till.orders.open(), till.orders.open()]);
  await drained(till);
  assert.deepEqual([opened.length, till.orders.list().length], [3, 3]);
  assert.ok(heard > 0);
  assert.equal(reported.mock.callCount(), heard, 'each mistake is reported');
});

test('an interval outside its range is refused before the store is touched', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  for (const pullIntervalMs of [0, 999, 3_600_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    const options = { storage: memoryStorage(), serverUrl: server().url, enrolment: only(devices), pullIntervalMs };
    await assert.rejects(openEngine(options), { name: 'EngineError', code: 'OPTION_INVALID' });
  }
});
