/** The app of today with servers of earlier versions, and databases that pass from one version of the server to another. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, type TestContext, test } from 'node:test';
import { Cable, cut, repliesLost, whole } from '../engine/cable.ts';
import { only } from '../engine/shared_server.ts';
import { closeTills, drained, openReadyTill, sellSoup, soup } from '../engine/till.ts';
import { arrivals, codesOf, fixtureLines, PartedTills } from '../scenarios/parted_tills.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import {
  type LocalServer,
  type LocalServerOptions,
  type ServerBuild,
  startLocalServer,
} from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { frozenVersions, serverOf } from './frozen.ts';

afterEach(closeTills);

async function started(context: TestContext, options: LocalServerOptions): Promise<LocalServer> {
  const server = await startLocalServer(options);
  context.after(() => server.stop());
  return server;
}

for (const version of frozenVersions) {
  const then = serverOf(version);

  for (const arrival of arrivals) {
    test(`${version}: two apps of today clash over the server of then, and agree to the cent (${arrival})`, async (context) => {
      const tills = await PartedTills.open(await started(context, { build: then }));
      const { a, b } = tills;
      const { orderId } = await tills.partOver(fixtureLines);
      await a.orders.addLine(orderId, { itemId: 'it_soup' });
      await a.orders.fire(orderId);
      await b.orders.moveTable(orderId, 'tbl_9');
      const due = b.orders.get(orderId)?.totals.balanceMinor ?? 0;
      const { payments } = await b.orders.addPayment(orderId, { type: 'card_external', amountMinor: due });
      await b.orders.addTip(orderId, { paymentId: only(payments).paymentId, tipMinor: 500 });
      await b.orders.close(orderId);
      await tills.reunite(arrival);
      const { order, ledger, findings } = await tills.agreed(orderId);
      // A soup, 725, and its 8.25 % of tax came on top: the tax of all food rose from 315 to 375.
      assert.deepEqual([order.status, order.totals.balanceMinor, order.totals.tipsMinor], ['closed', 725 + 60, 500]);
      assert.equal(paidMinor(ledger.orders), due);
      assert.deepEqual(codesOf(findings), ['LATE_LINE']);
    });
  }

  test(`${version}: with live pokes wanted, replies lost and a store kept, nothing of an app of today is lost or stuck`, async (context) => {
    const server = await started(context, { build: then });
    const restaurant = await openRestaurant(server, ['Till A', 'Till B']);
    const cable = new Cable();
    const a = await openReadyTill(server.url, only(restaurant.devices), { fetch: cable.fetch, live: true });
    const b = await openReadyTill(server.url, only(restaurant.devices, 1), { live: true });
    cable.fate = repliesLost;
    const sold = [await sellSoup(a), await sellSoup(b)];
    await until('the server has both sales', async () => {
      a.setConnection('online');
      return (await ledgerOf(server, restaurant.tenantId)).operations.length === 8;
    });
    cable.fate = whole;
    for (const till of [a, b, a]) await drained(till);
    const { orders } = await ledgerOf(server, restaurant.tenantId);
    assert.deepEqual([orders.length, paidMinor(orders)], [2, 2 * soup.totalMinor]);
    for (const till of [a, b]) {
      const { queueDepth, parked, paused, lastErrorCode } = till.status();
      assert.deepEqual([queueDepth, parked, paused, lastErrorCode], [0, [], null, null]);
      assert.deepEqual(
        till.orders
          .list()
          .map(({ orderId }) => orderId)
          .toSorted(),
        sold.map(({ orderId }) => orderId).toSorted(),
      );
    }
    assert.equal(a.confirmedHash(), b.confirmedHash());
  });

  const ofTheTree: Partial<LocalServerOptions> = {};
  const deployments: readonly [string, Partial<LocalServerOptions>, Partial<LocalServerOptions>][] = [
    ['the server of today', { build: then }, ofTheTree],
    ['the server of then again, after a deployment that was rolled back', ofTheTree, { build: rolledBack(then) }],
  ];
  for (const [what, first, second] of deployments) {
    test(`${version}: a database goes on under ${what}: devices, numbers, verdicts and orders`, async (context) => {
      const stateDir = await mkdtemp(join(tmpdir(), 'versions-'));
      context.after(() => rm(stateDir, { recursive: true, force: true }));
      const before = await started(context, { ...first, stateDir });
      const restaurant = await openRestaurant(before, ['Till A', 'Till B']);
      const cable = new Cable();
      const a = await openReadyTill(before.url, only(restaurant.devices), { fetch: cable.fetch });
      const b = await openReadyTill(before.url, only(restaurant.devices, 1));
      await sellSoup(a);
      await sellSoup(b);
      for (const till of [a, b, a]) await drained(till);
      cable.fate = repliesLost;
      await sellSoup(a);
      await until('the server has the third sale', async () => {
        a.setConnection('online');
        return (await ledgerOf(before, restaurant.tenantId)).operations.length === 12;
      });
      cable.fate = cut;
      await sellSoup(a);
      const known = await ledgerOf(before, restaurant.tenantId);
      await before.stop();

      const { operatorToken } = before;
      const after = await started(context, {
        ...second,
        stateDir,
        operatorToken,
        port: Number(new URL(before.url).port),
      });
      cable.fate = whole;
      await sellSoup(b);
      for (const till of [a, b, a]) await drained(till);
      const { operations, orders } = await ledgerOf(after, restaurant.tenantId);
      const still = operations.filter(({ mutationId }) =>
        known.operations.some((row) => row.mutationId === mutationId),
      );
      assert.deepEqual(still, known.operations, 'what was decided stays decided');
      assert.deepEqual([operations.length, orders.length, paidMinor(orders)], [20, 5, 5 * soup.totalMinor]);
      const newcomer = await openReadyTill(after.url, await restaurant.enrol('Till C'));
      for (const till of [a, b]) {
        assert.deepEqual(till.orders.list(), newcomer.orders.list());
        assert.equal(till.confirmedHash(), newcomer.confirmedHash());
        assert.deepEqual([till.status().parked, till.status().findings], [[], []]);
      }
    });
  }
}

/** Migrations are not undone: the worker of then finds the tables of today. */
function rolledBack(then: ServerBuild): ServerBuild {
  const { pathname } = new URL('../../../edge-api/migrations', import.meta.url);
  return { ...then, migrations: decodeURIComponent(pathname) };
}
