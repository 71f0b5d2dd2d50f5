/** What staff did where nobody could know better: vectors 9 to 11. What the engine has no command for is done by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { decide, employManager, grantOf, revoke, TimeClock } from './by_hand.ts';
import { arrivals, fixtureLines, PartedTills } from './parted_tills.ts';

const server = sharedServer();

for (const arrival of arrivals) {
  test(`V9: of two clock-ins on two tills the earlier counts, and the second is kept and told (${arrival})`, async () => {
    const { tenantId, devices } = await openRestaurant(server(), ['Till A', 'Till B']);
    const a = new TimeClock(server().url, only(devices));
    const b = new TimeClock(server().url, only(devices, 1));
    a.clockIn('stf_ines', 3 * 60 + 58);
    b.clockIn('stf_ines', 4 * 60);
    const delivered =
      arrival === 'both at once'
        ? await Promise.all([a.deliver(), b.deliver()])
        : arrival === 'A first'
          ? [await a.deliver(), await b.deliver()]
          : [await b.deliver(), await a.deliver()];
    const verdicts = delivered.flat();
    assert.deepEqual(
      verdicts.map(({ outcome }) => outcome),
      ['applied', 'applied'],
    );
    const findings = verdicts.flatMap((verdict) => verdict.findings ?? []) as { code: string; kept?: string }[];
    assert.deepEqual(
      findings.map(({ code, kept }) => [code, kept]),
      [['DOUBLE_IN', '2026-10-31T15:58:00.000Z']],
    );
    const { shifts } = await ledgerOf(server(), tenantId);
    const punches = Object.values(only(shifts).punches) as { event: { time: { corrected: string } } }[];
    assert.equal(shifts.length, 1, 'one log for one person and day');
    assert.equal(punches.length, 2, 'the second is listed');
    const [onA, onB] = [await a.shifts(), await b.shifts()];
    assert.deepEqual(
      onA.map(({ id, rev, record }) => [id, rev, record]),
      onB.map(({ id, rev, record }) => [id, rev, record]),
    );
    assert.match(JSON.stringify(only(onA).record), /15:58:00\.000Z.*16:00:00\.000Z|16:00:00\.000Z.*15:58:00\.000Z/);
  });
}

test('V10: what somebody sold after their rights were taken away is kept and flagged, and their refund waits for a decision', async () => {
  const tills = await PartedTills.open(server());
  const { restaurant, a, b } = tills;
  await employManager(restaurant, 'stf_gwen');
  await drained(a);
  a.setStaff('stf_gwen');
  tills.part();
  await revoke(server().url, restaurant, 'stf_gwen');
  tills.aMomentLater();
  const { orderId, totals } = await a.orders.open({ tableId: 'tbl_12', guests: 2, lines: fixtureLines });
  const { payments } = await a.orders.addPayment(orderId, { type: 'cash', amountMinor: totals.totalMinor });
  await a.orders.close(orderId);
  const { paymentId } = only(payments);
  const refund = { paymentId, type: 'cash', amountMinor: 1000, reason: 'cold' } as const;
  assert.equal((await a.orders.addRefund(orderId, refund)).totals.refundedMinor, 1000, 'at the till nobody could know');

  await tills.reunite('A first');
  const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
  const outcomes = operations.map(({ change, outcome, verdict }) => [
    change.type,
    outcome,
    (JSON.parse(verdict) as { findings: { code: string }[] }).findings.map(({ code }) => code),
  ]);
  assert.deepEqual(outcomes, [
    ...['open', 'add_line', 'add_line', 'add_line', 'add_payment', 'close'].map((type) => [
      type,
      'applied',
      ['ACTOR_REVOKED'],
    ]),
    ['add_refund', 'held', ['ACTOR_REVOKED']],
  ]);
  assert.equal(paidMinor(orders), totals.totalMinor, 'the sale counts');
  for (const till of [a, b]) {
    const { status, totals: seen, refunds } = till.orders.get(orderId) ?? assert.fail('the order is there');
    assert.deepEqual([status, seen.paidMinor, seen.refundedMinor, refunds], ['closed', totals.totalMinor, 0, []]);
  }
  assert.deepEqual(
    a.status().parked.map(({ code, changeType }) => [code, changeType]),
    [['HELD', 'add_refund']],
  );

  // A manager finds that it was right: it counts everywhere, once.
  const held = (await tills.conflicts()).find(({ field }) => field === 'change') ?? assert.fail('the refund waits');
  await restaurant.asAdmin('POST', '/sync/conflict/resolve', {
    id: '01a19456-9e38-7000-9000-0000000000d1',
    conflict_id: held.id,
    location_id: restaurant.locationId,
    expected_version: held.version,
    choice: 'keep_local',
  });
  for (const till of [a, b]) {
    await drained(till);
    assert.equal(till.orders.get(orderId)?.totals.refundedMinor, 1000);
  }
  assert.equal(a.confirmedHash(), b.confirmedHash());
});

for (const first of ['keep_local', 'keep_server'] as const) {
  test(`V11: of two managers who decide one conflict the first has decided and the second is told (${first} first)`, async () => {
    const tills = await PartedTills.open(server());
    const { restaurant, a, b } = tills;
    const [deviceA, deviceB] = [only(restaurant.devices), only(restaurant.devices, 1)];
    const { orderId } = await tills.partOver([{ itemId: 'it_soup' }]);
    await a.orders.moveTable(orderId, 'tbl_7');
    tills.aMomentLater();
    await b.orders.moveTable(orderId, 'tbl_9');
    await tills.reunite('A first');
    const conflicts = await tills.conflicts();
    const { id: conflictId, version, code } = only(conflicts);
    assert.deepEqual([conflicts.length, code, version], [1, 'FIELD_CONFLICT', 1]);

    await employManager(restaurant, 'stf_odell');
    await employManager(restaurant, 'stf_noor');
    const second = first === 'keep_local' ? 'keep_server' : 'keep_local';
    const odell = await grantOf(server().url, deviceA, 'stf_odell');
    const noor = await grantOf(server().url, deviceB, 'stf_noor');
    const by = { conflictId, version };
    const decided = await decide(server().url, deviceA, {
      ...by,
      id: '01a19456-9e38-7000-9000-0000000000d1',
      choice: first,
      actor: odell,
    });
    const late = await decide(server().url, deviceB, {
      ...by,
      id: '01a19456-9e38-7000-9000-0000000000d2',
      choice: second,
      actor: noor,
    });
    assert.deepEqual([decided.status, late.status], [200, 409], `${decided.text} ${late.text}`);
    assert.equal((JSON.parse(late.text) as { code: string }).code, 'ALREADY_RESOLVED');
    assert.deepEqual(await tills.conflicts(), []);
    await drained(a);
    await drained(b);
    const table = first === 'keep_local' ? 'tbl_9' : 'tbl_7';
    const { order } = await tills.agreed(orderId);
    assert.equal(order.tableId, table, 'the first decision stands everywhere');
  });
}
