/**
 * The story of a Friday: an outage, thirty orders, a table that one till closes while the other one sells, and two tables
 * that one order was moved to. When the network returns people decide, one of them without a network, and everybody holds the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '@auraconnect/offline-sync';
import { drained, openReadyTill } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import type { DemoTill } from './demo_page.ts';
import {
  addWine,
  moveTable,
  noteOfA,
  noteOfB,
  openSharedTable,
  payAndClose,
  soupMinor,
  wineMinor,
  writeNote,
} from './dispute.ts';
import { sellByHand, sellQuickly, tipMinor, together } from './evening.ts';
import { takeBothPictures } from './pictures.ts';
import { startTwoTills } from './two_tills.ts';

const quickly = 14;

test('after an outage with thirty orders people decide its conflicts, two of them offline, and all hold the same', async (context) => {
  const { server, restaurant, page, tills, violations } = await startTwoTills(context, ['Office']);
  const [tillA, tillB] = tills;
  const bill = await openSharedTable(tillA, tillB, 'tbl_5');
  const birthday = await openSharedTable(tillA, tillB, 'tbl_6');

  for (const till of tills) await till.switchNetwork('off');
  const soldOnA = together(await sellByHand(tillA, 'tbl_1'), await sellQuickly(tillA, quickly));
  const soldOnB = together(await sellByHand(tillB, 'tbl_2'), await sellQuickly(tillB, quickly));
  await payAndClose(tillA, bill);
  await addWine(tillB, bill);
  await writeNote(tillA, birthday, noteOfA);
  await writeNote(tillB, birthday, noteOfB);
  await moveTable(tillA, birthday, 'tbl_7');
  await moveTable(tillB, birthday, 'tbl_8');
  await takeBothPictures(tillA, 'sync-centre-1-outage');

  const onlyOnA = soldOnA.paidMinor + quickly * tipMinor + soupMinor;
  await tillA.tap('open-sync-centre');
  await tillA.see('link-card', { connection: 'offline' });
  await tillA.see('money-at-risk', { minor: onlyOnA });
  await tillA.see('orders-here', { count: quickly + 3 });
  await takeBothPictures(tillA, 'sync-centre-2-only-here');
  await tillA.root.getByTestId('unsynced-order').first().click();
  const states = await statesOf(tillA);
  assert.equal(states.length, 5);
  assert.ok(
    states.every((state) => state === 'waiting' || state === 'sent'),
    `nothing has arrived: ${states.join()}`,
  );
  await takeBothPictures(tillA, 'sync-centre-3-journey');
  await tillA.tap('sheet-close');

  // The till that closed the shared table comes back first, so that the other one's wine is late.
  for (const till of tills) {
    await till.switchNetwork('on');
    await till.see('queue-depth', { depth: 0 });
  }
  for (const till of tills) await till.see('conflict-inbox', { count: 2 });
  await tillA.tap('open-sync-centre');
  await tillA.see('money-at-risk', { minor: 0 });
  await tillA.see('orders-here', { count: 0 });
  await tillA.tap('to-conflicts');
  const paid = soldOnA.paidMinor + soldOnB.paidMinor + soupMinor;
  await page.locator(`[data-testid="server-payments"][data-minor="${paid}"]`).waitFor();
  await takeBothPictures(tillA, 'sync-centre-4-conflicts');

  // Both managers decide about the birthday while neither till has a network: till A's comes first and stands.
  await tillA.tap('sheet-close');
  for (const till of tills) await till.switchNetwork('off');
  await open(tillA, 'FIELD_CONFLICT');
  await takeBothPictures(tillA, 'sync-centre-5-table');
  await tillA.root.getByTestId('other-value').selectOption('tbl_11');
  await tillA.tap('choice-merged');
  await tillA.see('decider', { missing: 'true' });
  await tillA.tap('decider-stf_odell');
  await tillA.tap('choice-merged');
  await tillA.see('conflict-detail', { status: 'deciding' });
  await takeBothPictures(tillA, 'sync-centre-6-on-its-way');
  await page.locator('[data-testid="agreement"][data-state="apart"]').waitFor();
  await open(tillB, 'FIELD_CONFLICT');
  await tillB.tap('decider-stf_owner');
  await tillB.tap('choice-keep_local');
  await tillB.see('conflict-detail', { status: 'deciding' });
  for (const till of tills) {
    await till.tap('sheet-close');
    await till.switchNetwork('on');
    await open(till, 'FIELD_CONFLICT');
    await till.see('conflict-detail', { status: 'resolved' });
    assert.match(await till.root.getByTestId('decision').innerText(), /^Odell P\. decided at /);
    await till.tap('sheet-close');
  }

  // The wine is decided on the till that sold it, and comes to what was announced.
  await open(tillB, 'LATE_LINE');
  assert.equal(await tillB.read('choice-keep_local', 'balance'), String(wineMinor));
  assert.equal(await tillB.read('choice-keep_server', 'balance'), '0');
  await takeBothPictures(tillB, 'sync-centre-7-bill');
  await tillB.tap('decider-stf_odell');
  await tillB.tap('choice-keep_server');
  await tillB.see('conflict-detail', { status: 'resolved' });
  await tillB.tap('sheet-close');
  for (const till of tills) await till.see('conflict-inbox', { count: 0 });
  await page.locator('[data-testid="agreement"][data-state="agree"]').waitFor();
  await tillA.tap('conflict-inbox');
  await takeBothPictures(tillA, 'sync-centre-8-decided');
  await tillA.tap('sheet-close');

  const office = restaurant.devices[2] ?? assert.fail('the office is enrolled');
  const witness = await openReadyTill(server.url, office);
  await drained(witness);
  for (const till of tills) {
    const seen = await till.work(
      (engine: Engine) => ({ hash: engine.confirmedHash(), orders: engine.orders.list() }),
      null,
    );
    assert.equal(seen.hash, witness.confirmedHash());
    assert.deepEqual(seen.orders, witness.orders.list());
  }
  assert.equal(witness.orders.get(birthday.orderId)?.tableId, 'tbl_11');
  const { totals, status, lines } = witness.orders.get(bill.orderId) ?? assert.fail('the bill is there');
  assert.deepEqual([status, totals.totalMinor, totals.balanceMinor], ['closed', soupMinor, 0]);
  assert.deepEqual(
    lines.map(({ itemId, voided }) => [itemId, voided]),
    [
      ['it_soup', false],
      ['it_wine', true],
    ],
  );
  await witness.close();
  const ledger = await ledgerOf(server, restaurant.tenantId);
  assert.equal(paidMinor(ledger.orders), paid);
  assert.deepEqual(violations, [], 'the page does nothing that its policy forbids');
});

/** Opens the inbox at the first conflict of this kind. */
async function open(till: DemoTill, code: string): Promise<void> {
  await till.tap('conflict-inbox');
  await till.root.locator(`[data-testid="conflict"][data-code="${code}"]`).first().click();
}

/** Where each change of the journey on the screen stands. */
async function statesOf(till: DemoTill): Promise<(string | null)[]> {
  const steps = await till.root.getByTestId('journey-step').all();
  return Promise.all(steps.map((step) => step.getAttribute('data-state')));
}
