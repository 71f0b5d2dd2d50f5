import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { Cable } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { openReadyTill } from './till.ts';

const server = sharedServer();
const halfAnHour = 1_800_000;

/** Every socket that an engine of this test has made, in the platform's place. */
function watchSockets(context: TestContext): { readonly made: WebSocket[]; readonly pokes: string[] } {
  const watch = { made: [] as WebSocket[], pokes: [] as string[] };
  const Platform = globalThis.WebSocket;
  globalThis.WebSocket = class extends Platform {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watch.made.push(this);
      this.addEventListener('message', ({ data }) => watch.pokes.push(String(data)));
    }
  };
  context.after(() => (globalThis.WebSocket = Platform));
  return watch;
}

const isOpen = ({ readyState }: WebSocket): boolean => readyState === WebSocket.OPEN;

/** Waits until a till exchanges no more by itself: the next pull is more than half an hour away. */
async function quiet(till: Engine): Promise<void> {
  await until('the till has nothing more to ask', () => {
    const { exchanging, nextAttemptAt } = till.status();
    return !exchanging && nextAttemptAt !== null && Date.parse(nextAttemptAt) > Date.now() + halfAnHour;
  });
}

test("two tills see each other's orders at once, though neither was to pull for an hour", async (context) => {
  const { made, pokes } = watchSockets(context);
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const cable = new Cable();
  const a = await openReadyTill(server().url, only(devices), { live: true });
  const b = await openReadyTill(server().url, only(devices, 1), { live: true, fetch: cable.fetch });
  await until('both listen', () => made.length === 2 && made.every(isOpen) && pokes.length === 2);
  await quiet(a);
  await quiet(b);
  const asked = cable.sent.length;
  const { orderId } = await a.orders.open({ tableId: 'tbl_7' });
  await until("till B has till A's order", () => b.orders.get(orderId));
  assert.equal(cable.sent.length, asked + 1, 'one poke, one exchange');
  await quiet(b);
  await b.orders.addLine(orderId, { itemId: 'it_soup' });
  await until("till A has till B's line", () => a.orders.get(orderId)?.lines.length === 1);
  await quiet(b);
  assert.equal(cable.sent.length, asked + 2, 'the poke of its own line asks for nothing: that till has read it');
});

test('a revoked device loses its socket and, once it has heard why, opens no other', async (context) => {
  const { made } = watchSockets(context);
  const { devices, asAdmin } = await openRestaurant(server(), ['Till A']);
  const till = await openReadyTill(server().url, only(devices), { live: true });
  await until('the till listens', () => made.some(isOpen));
  await asAdmin('POST', `/admin/devices/${only(devices).deviceId}/revoke`, {});
  await until('the socket is closed', () => !made.some(isOpen));
  till.syncNow();
  await until('the till has heard why', () => till.status().paused === 'forbidden');
  const attempts = made.length;
  till.setConnection('online');
  assert.deepEqual([made.length, made.filter(isOpen).length], [attempts, 0]);
});

test('where the server refuses sockets, or there are none, tills go on by polling and nobody hears of it', async (context) => {
  const older = await startLocalServer({ withoutLive: true });
  context.after(() => older.stop());
  const complaints = context.mock.method(console, 'error', () => undefined);
  const { made } = watchSockets(context);
  const { devices } = await openRestaurant(older, ['Till A', 'Till B']);
  const events: string[] = [];
  const a = await openReadyTill(older.url, only(devices), { live: true, pullIntervalMs: 1_000 });
  a.subscribe(({ type }) => events.push(type));
  await until('the socket is refused', () => made.some(({ readyState }) => readyState === WebSocket.CLOSED));
  const { WebSocket: refused } = globalThis;
  Reflect.deleteProperty(globalThis, 'WebSocket');
  context.after(() => (globalThis.WebSocket = refused));
  const b = await openReadyTill(older.url, only(devices, 1), { live: true, pullIntervalMs: 1_000 });
  const { orderId } = await b.orders.open({ tableId: 'tbl_7' });
  await until("till A has till B's order", () => a.orders.get(orderId));
  for (const till of [a, b]) {
    const { connection, paused, lastErrorCode } = till.status();
    assert.deepEqual([connection, paused, lastErrorCode], ['online', null, null]);
  }
  assert.deepEqual([...new Set(events)].sort(), ['orders_changed', 'status_changed']);
  assert.equal(complaints.mock.callCount(), 0);
});

test('a till listens again after the server was away, and reads what moved meanwhile', async (context) => {
  const { made } = watchSockets(context);
  const stateDir = await mkdtemp(join(tmpdir(), 'live-'));
  context.after(() => rm(stateDir, { recursive: true, force: true }));
  const first = await startLocalServer({ stateDir });
  context.after(() => first.stop());
  const { devices } = await openRestaurant(first, ['Till A', 'Till B']);
  const a = await openReadyTill(first.url, only(devices), { pullIntervalMs: 1_000 });
  const b = await openReadyTill(first.url, only(devices, 1), { live: true });
  await until('till B listens', () => made.some(isOpen));
  await quiet(b);
  await first.stop();
  await until('the line is dead', () => !made.some(isOpen));
  const { orderId } = await a.orders.open({ tableId: 'tbl_7' });
  const second = await startLocalServer({ stateDir, port: Number(new URL(first.url).port) });
  context.after(() => second.stop());
  await until("till B has till A's order", () => b.orders.get(orderId), 60_000);
  assert.equal(made.filter(isOpen).length, 1);
});

test('a closed engine and one that is not to listen hold no socket', async (context) => {
  const { made } = watchSockets(context);
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const listening = await openReadyTill(server().url, only(devices), { live: true });
  await openReadyTill(server().url, only(devices, 1), { live: false });
  await until('the till listens', () => made.some(isOpen));
  await listening.close();
  await until('its socket is closed', () => made.every(({ readyState }) => readyState === WebSocket.CLOSED));
  assert.equal(made.length, 1);
});
