/** What staff did where nobody could know better: vectors 9 to 11. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PunchView } from '@auraconnect/offline-sync';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained, openReadyTill } from '../engine/till.ts';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { employManager, managersPin, revoke } from './office.ts';
import { arrivals, fixtureLines, PartedTills } from './parted_tills.ts';

const server = sharedServer();

for (const arrival of arrivals) {
  test(`V9: of two clock-ins on two tills the earlier counts, and the second is kept and told (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { restaurant, a, b } = tills;
    tills.part();
    for (const till of [a, b]) {
      till.setStaff('stf_ines');
      await till.shifts.clockIn({ job: 'server' });
    }
    // By the server's clock, as far as each till knows it: which of the two is earlier is the network's doing.
    const correctedAt = (punch: PunchView | null): string => punch?.original?.at ?? assert.fail('it was punched');
    const [first, second] = [a, b]
      .map((till) => only(till.shifts.timecards()).start)
      .toSorted((x, y) => (correctedAt(x) < correctedAt(y) ? -1 : 1));
    assert.ok(first && second);
    await tills.reunite(arrival);
    const told = [a, b].flatMap((till) => till.status().findings);
    assert.deepEqual(
      told.map(({ code, kept }) => [code, kept]),
      [['DOUBLE_IN', correctedAt(first)]],
    );
    const { shifts } = await ledgerOf(server(), restaurant.tenantId);
    assert.equal(shifts.length, 1, 'one log for one person and day');
    assert.equal(Object.keys(only(shifts).punches).length, 2, 'the second is listed');
    const newcomer = await openReadyTill(server().url, await restaurant.enrol('Till C'));
    for (const till of [a, b, newcomer]) {
      const { start, setAside, findings } = only(till.shifts.timecards());
      assert.deepEqual([start, setAside], [first, [{ punch: second, reason: 'second_in' }]]);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['DOUBLE_IN'],
      );
      assert.deepEqual(only(till.shifts.onTheClock()), {
        staffId: 'stf_ines',
        since: first.at,
        job: 'server',
        onBreak: null,
      });
    }
  });
}

test('V10: what somebody sold after their rights were taken away is kept and flagged, and their refund waits for a decision', async () => {
  const tills = await PartedTills.open(server());
  const { restaurant, a, b } = tills;
  await employManager(restaurant, 'stf_gwen');
  await drained(a);
  await a.staff.signIn('stf_gwen', managersPin);
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
  const outcomes = operations
    .filter(({ change }) => change.type !== 'audit')
    .map(({ change, outcome, verdict }) => [
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
    await drained(a);
    await drained(b);
    await a.staff.signIn('stf_odell', managersPin);
    await b.staff.signIn('stf_noor', managersPin);
    tills.part();
    const second = first === 'keep_local' ? 'keep_server' : 'keep_local';
    await a.conflicts.resolve(conflictId, first);
    tills.aMomentLater();
    await b.conflicts.resolve(conflictId, second);
    await tills.reunite('A first');
    const told = [a, b].map(
      (till) => till.status().findings.filter((finding) => finding.code === 'ALREADY_RESOLVED').length,
    );
    assert.deepEqual(told, [0, 1], 'the second is told, and nobody else');
    assert.deepEqual(await tills.conflicts(), []);
    await drained(a);
    await drained(b);
    const table = first === 'keep_local' ? 'tbl_9' : 'tbl_7';
    const { order } = await tills.agreed(orderId);
    assert.equal(order.tableId, table, 'the first decision stands everywhere');
  });
}
