/** What two people did to one order without seeing each other, on two real tills over the real server: vectors 1 to 6 and 8. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { only, sharedServer } from '../engine/shared_server.ts';
import { paidMinor } from '../server/ledger.ts';
import { arrivals, codesOf, fixtureTotalMinor, PartedTills, partedOverTheFixture } from './parted_tills.ts';

const server = sharedServer();

for (const arrival of arrivals) {
  test(`V1: lines that two waiters added at one table are all there, and nothing clashes (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { orderId } = await tills.partOver([{ itemId: 'it_lemon', optionIds: ['mo_s'] }]);
    await tills.a.orders.addLine(orderId, { itemId: 'it_pale', qty: 2, optionIds: ['mo_330'] });
    await tills.b.orders.addLine(orderId, { itemId: 'it_burger', qty: 2, optionIds: ['mo_med'] });
    await tills.b.orders.addLine(orderId, { itemId: 'it_fries', qty: 3 });
    await tills.reunite(arrival);
    const { order, row, findings } = await tills.agreed(orderId);
    const items = order.lines.map(({ itemId, qty }) => [itemId, qty]).toSorted();
    assert.deepEqual(items, [
      ['it_burger', 2],
      ['it_fries', 3],
      ['it_lemon', 1],
      ['it_pale', 2],
    ]);
    assert.equal(Object.keys(row.lines).length, 4);
    assert.equal(order.totals.grossMinor, 425 + 2 * 750 + 2 * 1450 + 3 * 540);
    assert.deepEqual([findings, await tills.conflicts()], [[], []]);
  });

  test(`V2: an order paid and closed here and voided there is closed, its payment stays, and a manager is asked (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { orderId } = await partedOverTheFixture(tills);
    await tills.a.orders.addPayment(orderId, { type: 'cash', amountMinor: fixtureTotalMinor });
    await tills.a.orders.close(orderId);
    await tills.b.orders.voidOrder(orderId, 'guests left');
    await tills.reunite(arrival);
    const { order, ledger, findings } = await tills.agreed(orderId);
    const { paidMinor: paid, totalMinor, balanceMinor } = order.totals;
    assert.deepEqual(
      [order.status, paid, totalMinor, balanceMinor],
      ['closed', fixtureTotalMinor, fixtureTotalMinor, 0],
    );
    assert.equal(paidMinor(ledger.orders), fixtureTotalMinor);
    // A payment that arrives at a voided order is too much until the close behind it arrives, and may have been noticed.
    const lasting = [findings, await tills.conflicts()].map((found) =>
      codesOf(found).filter((code) => code !== 'OVERPAID'),
    );
    assert.deepEqual(lasting, [['CLOSE_VOID'], ['CLOSE_VOID']]);
  });

  test(`V3: a line added before the close was seen is kept and its balance is due (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { orderId } = await partedOverTheFixture(tills);
    await tills.a.orders.addPayment(orderId, { type: 'cash', amountMinor: fixtureTotalMinor });
    await tills.a.orders.close(orderId);
    await tills.b.orders.addLine(orderId, { itemId: 'it_pale', optionIds: ['mo_330'] });
    await tills.reunite(arrival);
    const { order, ledger, findings } = await tills.agreed(orderId);
    const { discountsMinor, taxes, totalMinor, balanceMinor } = order.totals;
    assert.deepEqual([order.status, discountsMinor, totalMinor, balanceMinor], ['closed', 532, 5214, 748]);
    assert.deepEqual(
      order.lines.map(({ discountMinor }) => discountMinor),
      [320, 62, 75, 75],
    );
    assert.deepEqual(taxes.map(({ taxMinor }) => taxMinor).toSorted(), [148, 283]);
    assert.equal(paidMinor(ledger.orders), fixtureTotalMinor);
    assert.deepEqual([codesOf(findings), codesOf(await tills.conflicts())], [['LATE_LINE'], ['LATE_LINE']]);
  });

  test(`V4: quantities that two people raised add up, and say so (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { orderId, lines } = await tills.partOver([{ itemId: 'it_soup' }]);
    const { lineId } = only(lines);
    await tills.a.orders.setQty(orderId, lineId, 2);
    await tills.b.orders.setQty(orderId, lineId, 3);
    await tills.reunite(arrival);
    const { order, findings } = await tills.agreed(orderId);
    // Four soups: 2900 and 8.25 % of tax, which is 239.25, so 239.
    assert.deepEqual([only(order.lines).qty, order.totals.totalMinor], [4, 3139]);
    assert.deepEqual([codesOf(findings), await tills.conflicts()], [['QTY_MERGED'], []]);
  });

  test(`V5: a void after the kitchen was told sticks while the kitchen goes on, and is called back once (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    // The kitchen's own till told the kitchen, so it may move the line on.
    const { orderId, lines } = await tills.partOver([{ itemId: 'it_soup' }], ({ orderId: id }) =>
      tills.b.orders.fire(id),
    );
    const { lineId } = only(lines);
    await tills.a.orders.voidLine(orderId, lineId, 'guest left');
    await tills.b.orders.bump(orderId, [lineId], 'ready');
    await tills.reunite(arrival);
    const { order, row, findings } = await tills.agreed(orderId);
    const { voided, voidReason, kitchen, firedQty } = only(order.lines);
    assert.deepEqual([voided, voidReason, kitchen, firedQty], [true, 'guest left', 'ready', 1]);
    assert.deepEqual([order.totals.totalMinor, order.totals.voidsMinor], [0, 725]);
    // A ticket follows from a fact by the fact's own id: one fire, one void of what was fired, so one of each.
    const { fires, lines: kept } = row as unknown as Record<'fires' | 'lines', Record<string, { void?: object }>>;
    assert.deepEqual([Object.keys(fires).length, Object.values(kept).filter((line) => line.void).length], [1, 1]);
    assert.deepEqual(codesOf(findings), []);
  });

  test(`V6: a bill that was paid on both tills keeps both payments, and says what was paid too much (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { orderId } = await partedOverTheFixture(tills);
    await tills.a.orders.addPayment(orderId, { type: 'card_external', amountMinor: fixtureTotalMinor });
    await tills.b.orders.addPayment(orderId, { type: 'cash', amountMinor: fixtureTotalMinor });
    await tills.reunite(arrival);
    const { order, ledger, findings } = await tills.agreed(orderId);
    assert.deepEqual(order.payments.map(({ type }) => type).toSorted(), ['card_external', 'cash']);
    assert.deepEqual([order.paymentState, order.totals.balanceMinor], ['over_paid', -fixtureTotalMinor]);
    assert.equal(paidMinor(ledger.orders), 2 * fixtureTotalMinor);
    assert.deepEqual([codesOf(findings), codesOf(await tills.conflicts())], [['OVERPAID'], ['OVERPAID']]);
    assert.match(only(findings).message, /44\.66/);
  });

  test(`V8: of two notes the later one shows, and the other stands in the finding (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { orderId } = await tills.partOver([{ itemId: 'it_soup' }]);
    await tills.a.orders.addNote(orderId, 'no nuts');
    tills.aMomentLater();
    await tills.b.orders.addNote(orderId, 'nut allergy!!');
    await tills.reunite(arrival);
    const { order, findings } = await tills.agreed(orderId);
    assert.equal(order.note, 'nut allergy!!');
    assert.deepEqual(
      findings.map(({ code, kept, lost }) => [code, kept, lost]),
      [['NOTE_REPLACED', 'nut allergy!!', 'no nuts']],
    );
  });
}
