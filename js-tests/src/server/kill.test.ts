import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import { Cable, cut, type Fate, whole } from '../engine/cable.ts';
import { closeTills, drained, openReadyTill, sellSoup, soup } from '../engine/till.ts';
import { until } from '../until.ts';
import { startKillableServer } from './killable_server.ts';
import { ledgerOf, paidMinor } from './ledger.ts';
import { startLocalServer } from './local_server.ts';
import { openRestaurant } from './restaurant.ts';

after(closeTills);

const ordersEach = 12;
const mutationsEach = 4 * ordersEach;
/** When the server is killed: after this part of the time a batch takes while nothing happens, or just as it answers. */
const moments = [0.3, 'answering', 0.6, 0.9] as const;

test('a server killed in the middle of batches holds every order exactly once in the end', async (context) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'kill-'));
  let server = await startKillableServer(stateDir, 'operator-of-this-test');
  context.after(async () => {
    await server.kill();
    await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
  });
  const restaurant = await openRestaurant(server, ['Till A', 'Till B']);
  const [device, other] = restaurant.devices;
  assert.ok(device && other);
  const cable = new Cable();
  const till = await openReadyTill(server.url, device, { fetch: cable.fetch });
  const batchMs = await timeOfOneBatch(till, cable);

  let unsettled = ordersEach;
  for (const moment of moments) {
    cable.fate = cut;
    await sellMany(till);
    const doomed = server;
    const killed = new Promise<void>((resolve) => {
      cable.fate = dyingAt(moment, batchMs, () => doomed.kill().then(resolve));
    });
    till.setConnection('online');
    await killed;
    cable.fate = cut;
    await until('the till has given up waiting', () => !till.status().exchanging);
    assert.equal(till.status().queueDepth, 4 * unsettled, 'no reply, no verdict');
    unsettled += ordersEach;
    server = await startKillableServer(stateDir, server.operatorToken, server.port);
  }
  const sold = ordersEach * (moments.length + 1);
  cable.fate = whole;
  await drained(till);
  const witness = await openReadyTill(server.url, other);
  await drained(witness);
  assert.equal(witness.confirmedHash(), till.confirmedHash());
  assert.deepEqual(witness.orders.list(), till.orders.list());
  assert.equal(witness.orders.list().length, sold);
  await closeTills();
  await server.kill();

  const reader = await startLocalServer({ stateDir });
  context.after(() => reader.stop());
  const { operations, orders } = await ledgerOf(reader, restaurant.tenantId);
  assert.deepEqual(
    operations.map(({ seq }) => seq),
    Array.from({ length: 4 * sold }, (_, place) => place + 1),
  );
  assert.equal(new Set(operations.map(({ mutationId }) => mutationId)).size, 4 * sold);
  assert.deepEqual([orders.length, paidMinor(orders)], [sold, sold * soup.totalMinor]);
  for (const { lines, payments = {} } of orders) {
    assert.deepEqual([Object.keys(lines).length, Object.keys(payments).length], [1, 1]);
  }
});

/** The server is killed while it has the request; its reply, if there was one, is lost. */
function dyingAt(moment: (typeof moments)[number], batchMs: number, kill: () => Promise<void>): Fate {
  return async (deliver, _url, { body = '' }) => {
    const answered = deliver().then(
      ({ status }) => status,
      () => null,
    );
    if (moment === 'answering') {
      assert.equal(await answered, 200);
    } else {
      // Larger batches take longer. Nothing waits for this time to pass: it is the accident itself.
      const mutations = (JSON.parse(body) as { mutations: readonly unknown[] }).mutations.length;
      await new Promise((resolve) => setTimeout(resolve, (moment * batchMs * mutations) / mutationsEach));
    }
    await kill();
    await answered;
    throw new TypeError('the server is gone');
  };
}

async function sellMany(till: Engine): Promise<void> {
  await Promise.all(Array.from({ length: ordersEach }, () => sellSoup(till)));
}

async function timeOfOneBatch(till: Engine, cable: Cable): Promise<number> {
  cable.fate = cut;
  await sellMany(till);
  assert.equal(till.status().queueDepth, mutationsEach);
  cable.fate = whole;
  const before = performance.now();
  await drained(till);
  return performance.now() - before;
}
