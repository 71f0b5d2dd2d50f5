/**
 * The story this project is for: two tills of one restaurant lose the network, both go on selling, also at the same table,
 * and when the network returns both and the server hold the same, and not a cent is missing or doubled.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine, OrderView } from '@auraconnect/offline-sync';
import { drained, openReadyTill } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { type DemoTill, openTwoTills } from './demo_page.ts';
import { takePicture } from './pictures.ts';
import { seatGuests, sellByHand, sellQuickly, together } from './evening.ts';

const byHand = 3;
const quickly = 13;
const stillSitting = {
  'Till A': ['tbl_1', 'tbl_2', 'tbl_6', 'tbl_9'],
  'Till B': ['tbl_3', 'tbl_7', 'tbl_8', 'tbl_11'],
};
const ordersEach = byHand + quickly + 4;
const saltmarsh = { tenant_id: 'ten_saltmarsh', location_id: 'loc_quay' };

test('two tills that sold through an outage, also at one table, agree with the server to the cent when it ends', async () => {
  const server = await startLocalServer({ withDemo: true });
  const browser = await startChromium();
  try {
    const restaurant = await openRestaurant(server, ['Till A', 'Till B', 'Office'], saltmarsh);
    const [deviceA, deviceB, office] = restaurant.devices;
    assert.ok(deviceA && deviceB && office);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
    const { page, tills, violations } = await openTwoTills(context, server, [deviceA, deviceB]);
    const [tillA, tillB] = tills;

    const shared = await tillA.work(openSharedTable, null);
    await tillB.page.waitForFunction(
      (id) => window.auraTills?.['Till B']?.orders.get(id) !== undefined,
      shared.orderId,
    );
    await tillA.see('queue-depth', { depth: 0 });

    for (const till of tills) await till.switchNetwork('off');
    const soldA = together(await sellThroughOutage(tillA), await tillA.work(editAndPay, shared));
    const soldB = together(await sellThroughOutage(tillB), await tillB.work(editAndAddWine, shared));
    const before = await ledgerOf(server, restaurant.tenantId);
    assert.deepEqual([before.operations.length, before.orders.length], [2, 1], 'nothing passed during the outage');
    for (const [till, sold] of [[tillA, soldA] as const, [tillB, soldB] as const]) {
      assert.equal(await till.queueDepthShown(), sold.commands);
      assert.equal(await page.getByTestId('agreement').getAttribute('data-state'), 'apart');
    }
    await takePicture(page, 'two-tills-offline');

    // The till that closed the shared table comes back first, so that the other one's wine is late.
    for (const till of tills) {
      await till.switchNetwork('on');
      await till.see('queue-depth', { depth: 0 });
    }
    await page.locator('[data-testid="agreement"][data-state="agree"]').waitFor();
    const sold = together(soldA, soldB);
    await page.locator(`[data-testid="server-payments"][data-minor="${sold.paidMinor}"]`).waitFor();
    await takePicture(page, 'two-tills-reunited');

    const seen = [await tillA.work(everything, null), await tillB.work(everything, null)] as const;
    const witness = await openReadyTill(server.url, office);
    await drained(witness);
    assert.equal(seen[0].hash, seen[1].hash);
    assert.equal(seen[0].hash, witness.confirmedHash());
    assert.deepEqual(seen[0].orders, seen[1].orders);
    assert.deepEqual(seen[0].orders, witness.orders.list());
    await witness.close();

    const ledger = await ledgerOf(server, restaurant.tenantId);
    assert.equal(ledger.orders.length, 2 * ordersEach + 1);
    assert.equal(ledger.operations.length, 2 + sold.commands);
    assert.equal(new Set(ledger.operations.map(({ mutationId }) => mutationId)).size, ledger.operations.length);
    assert.ok(ledger.operations.every(({ outcome }) => outcome === 'applied'));
    for (const { deviceId } of [deviceA, deviceB]) {
      const own = ledger.operations.filter((operation) => operation.deviceId === deviceId);
      const madeOnline: number = deviceId === deviceA.deviceId ? 2 : 0;
      for (const [place, { seq, source }] of own.entries()) {
        assert.deepEqual([seq, source], [place + 1, place < madeOnline ? 'mobile_online' : 'mobile_offline']);
      }
    }
    assert.equal(paidMinor(ledger.orders), sold.paidMinor);

    const table = seen[0].orders.find(({ orderId }) => orderId === shared.orderId);
    assert.deepEqual(sharedTableOf(table), {
      status: 'closed',
      lines: ['4 × it_soup', '1 × it_bread', '1 × it_wine'],
      totalMinor: 4538,
      paidMinor: 2777,
      balanceMinor: 1761,
    });
    assert.deepEqual(seen[0].findings, []);
    assert.deepEqual(seen[1].findings, ['QTY_MERGED', 'LATE_LINE']);
    assert.deepEqual(violations, [], 'the page does nothing that its policy forbids');
  } finally {
    await browser.close();
    await server.stop();
  }
});

async function sellThroughOutage(till: DemoTill) {
  let sold = { commands: 0, paidMinor: 0 };
  for (let order = 0; order < byHand; order += 1) {
    sold = together(sold, await sellByHand(till, `tbl_${order + 1}`));
    assert.equal(await till.queueDepthShown(), sold.commands, 'the screen shows what waits');
  }
  sold = together(sold, await sellQuickly(till, quickly), await seatGuests(till, stillSitting[till.name]));
  await till.see('queue-depth', { depth: sold.commands });
  return sold;
}

interface SharedTable {
  readonly orderId: string;
  readonly lineId: string;
}

async function openSharedTable({ orders }: Engine): Promise<SharedTable> {
  const { orderId } = await orders.open({ tableId: 'tbl_5', guests: 4 });
  const { lines } = await orders.addLine(orderId, { itemId: 'it_soup' });
  return { orderId, lineId: lines[0]?.lineId ?? '' };
}

/**
 * Two more soups and a bread, paid and closed: 3 × 725 + 390 = 2565, 8.25 % of it 211.6125, so 212: 2777.
 */
async function editAndPay({ orders }: Engine, { orderId, lineId }: SharedTable) {
  await orders.setQty(orderId, lineId, 3);
  await orders.addLine(orderId, { itemId: 'it_bread' });
  await orders.addPayment(orderId, { type: 'cash', amountMinor: 2777 });
  await orders.close(orderId);
  return { commands: 4, paidMinor: 2777 };
}

/**
 * One more soup and a wine, which the other till cannot know. Together: 4 × 725 + 390 = 3290 with 8.25 %, 271.425, so 271;
 * wine 880 with 11 %, 96.8, so 97; 4538 in all, 1761 more than was paid.
 */
async function editAndAddWine({ orders }: Engine, { orderId, lineId }: SharedTable) {
  await orders.setQty(orderId, lineId, 2);
  await orders.addLine(orderId, { itemId: 'it_wine' });
  return { commands: 2, paidMinor: 0 };
}

function everything(engine: Engine) {
  return {
    hash: engine.confirmedHash(),
    orders: engine.orders.list(),
    findings: engine.status().findings.map(({ code }) => code),
  };
}

function sharedTableOf(order: OrderView | undefined) {
  assert.ok(order);
  const { totalMinor, paidMinor: paid, balanceMinor } = order.totals;
  const lines = order.lines.map((line) => `${line.qty} × ${line.itemId}`);
  return { status: order.status, lines, totalMinor, paidMinor: paid, balanceMinor };
}
