import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { DayFigures, DayReport, Engine } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, openTill, sellSoup, soup } from './till.ts';

const server = sharedServer();

function reportOf(till: Engine, ...args: Parameters<Engine['reports']['day']>): DayReport {
  const report = till.reports.day(...args);
  assert.ok(report, 'the till knows its place');
  return report;
}

/** Every number of some figures by where it stands, zeros left out: an entry of a breakdown stands under its keys. */
function flat(figures: DayFigures): Map<string, number> {
  const keys = ['taxId', 'ratePpm', 'type', 'staffId', 'hour', 'itemId', 'category', 'orderType'];
  const numbers = new Map<string, number>();
  const note = (place: string, number: unknown): void => {
    if (typeof number === 'number' && number !== 0) numbers.set(place, number);
  };
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === 'number') note(name, value);
    else
      for (const part of value as readonly Record<string, unknown>[]) {
        const entry = keys.map((key) => String(part[key] ?? '')).join('/');
        for (const [field, number] of Object.entries(part))
          if (!keys.includes(field)) note(`${name} ${entry} ${field}`, number);
      }
  }
  return numbers;
}

function assertAddsUp({ figures, confirmed, pending }: DayReport): void {
  const sum = flat(confirmed);
  for (const [place, number] of flat(pending)) {
    const both = (sum.get(place) ?? 0) + number;
    if (both === 0) sum.delete(place);
    else sum.set(place, both);
  }
  assert.deepEqual([...sum].sort(), [...flat(figures)].sort(), 'confirmed + pending = shown');
  const total = <Part>(parts: readonly Part[], amount: (part: Part) => number): number =>
    parts.reduce((all, part) => all + amount(part), 0);
  for (const some of [figures, confirmed, pending]) {
    assert.equal(some.grossMinor - some.compsMinor - some.discountsMinor - some.includedTaxMinor, some.netMinor);
    assert.equal(some.netMinor + some.serviceMinor + some.taxMinor, some.totalMinor);
    assert.equal(
      total(some.byPayment, (part) => part.amountMinor),
      some.paidMinor,
    );
    assert.equal(
      some.paidMinor - total(some.byRefund, (part) => part.amountMinor),
      some.totalMinor - some.balanceMinor,
    );
    for (const parts of [some.byHour, some.byItem, some.byCategory, some.byStaff, some.byOrderType])
      assert.equal(
        total<{ readonly netMinor: number }>(parts, (part) => part.netMinor),
        some.netMinor,
      );
  }
}

test('a till without a network reports what it sold, all of it pending, and once it is synced all of it confirmed', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(devices), { fetch: cable.fetch });
  cable.fate = cut;
  await sellSoup(till);
  const open = await till.orders.open({ tableId: 'tbl_3' });
  await till.orders.addLine(open.orderId, { itemId: soup.itemId });
  const offline = reportOf(till);
  assertAddsUp(offline);
  assert.deepEqual([offline.provisional, offline.dayLoaded, offline.horizon.unsyncedMutations], [true, true, 6]);
  assert.deepEqual([offline.figures.ordersClosed, offline.figures.netMinor, offline.figures.paidMinor], [1, 1450, 785]);
  assert.deepEqual([offline.confirmed.netMinor, offline.pending.netMinor], [0, 1450]);
  assert.deepEqual(
    offline.openChecks.map(({ orderId, dueMinor }) => [orderId, dueMinor]),
    [[open.orderId, soup.totalMinor]],
  );
  assert.deepEqual(
    offline.figures.byItem.map(({ itemId, qty }) => [itemId, qty]),
    [[soup.itemId, 2]],
  );
  assert.match(offline.head.join('\n'), /6 changes made here have not reached the server/);
  cable.fate = whole;
  await drained(till);
  await until('everything has arrived', () => reportOf(till).pending.netMinor === 0);
  const synced = reportOf(till);
  assertAddsUp(synced);
  assert.deepEqual([...flat(synced.pending)], []);
  assert.deepEqual(flat(synced.figures), flat(offline.figures));
  assert.notEqual(synced.horizon.lastSyncAt, null);
});

test('the evening of the fixture gives the report of the fixture', async () => {
  const fixture = async (name: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(new URL(`../../../fixtures/${name}.json`, import.meta.url), 'utf8')) as Record<
      string,
      unknown
    >;
  const told = await fixture('report');
  const { devices } = await openRestaurant(server(), ['Till A']);
  // 19:41 in New York.
  const now = (): number => Date.parse('2026-10-31T23:41:07Z');
  const till = await openReadyTill(server().url, only(devices), { now });
  const { orderId } = await till.orders.open({ tableId: 'tbl_12', guests: 2 });
  const add = async (itemId: string, optionIds: readonly string[], qty = 1): Promise<string> => {
    const { lines } = await till.orders.addLine(orderId, { itemId, optionIds: [...optionIds], qty });
    return only(lines, lines.length - 1).lineId;
  };
  await add('it_burger', ['mo_med', 'mo_cheddar', 'mo_noonion'], 2);
  await add('it_fries', ['mo_aioli']);
  await add('it_pale', ['mo_330']);
  await till.orders.voidLine(orderId, await add('it_lemon', ['mo_s']), 'entered_by_mistake');
  await till.orders.compLine(orderId, await add('it_brownie', []), 'long_wait');
  await till.orders.addAdjustment(orderId, { kind: 'discount', name: 'Neighbour 10%', ratePpm: 100_000 });
  await till.orders.addPayment(orderId, { type: 'cash', amountMinor: 2000, tenderedMinor: 2000 });
  await till.orders.addPayment(orderId, { type: 'card_external', amountMinor: 2466, tipMinor: 800 });
  await till.orders.close(orderId);
  const report = reportOf(till, '2026-10-31', { ownOnly: true });
  assertAddsUp(report);
  const { figures } = report;
  const names = ['voids', 'comps', 'discounts', 'net', 'tax', 'total', 'tips', 'gross'] as const;
  for (const name of names) assert.equal(figures[`${name}Minor`], told[`${name}_minor`], name);
  assert.deepEqual([figures.ordersClosed, figures.guests], [told['orders_closed'], told['guests']]);
  const byKey = (parts: readonly (readonly [string | number, number])[]) => Object.fromEntries(parts);
  assert.deepEqual(byKey(figures.byPayment.map(({ type, amountMinor }) => [type, amountMinor])), told['by_payment']);
  assert.deepEqual(byKey(figures.byItem.map(({ itemId, netMinor }) => [itemId, netMinor])), told['by_item_net']);
  assert.deepEqual(byKey(figures.byHour.map(({ hour, netMinor }) => [hour, netMinor])), told['by_hour_local_net']);
  assert.equal(report.labour, null, 'people work for the location, not for a till');
});

test('a till names the other till and until when it is included, and reports alone what it opened itself', async () => {
  const { devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const tillA = await openReadyTill(server().url, only(devices));
  const tillB = await openReadyTill(server().url, only(devices, 1));
  await sellSoup(tillB);
  await drained(tillB);
  await sellSoup(tillA);
  await drained(tillA);
  await until('the other soup has arrived', () => reportOf(tillA).figures.ordersClosed === 2);
  const report = reportOf(tillA);
  assertAddsUp(report);
  const other = only(report.horizon.others);
  assert.equal(other.deviceId, only(devices, 1).deviceId);
  assert.ok(report.head.some((sentence) => sentence.startsWith(`${other.deviceId} not included since `)));
  const own = reportOf(tillA, undefined, { ownOnly: true });
  assert.deepEqual([own.figures.ordersClosed, own.labour], [1, null]);
  const close = tillA.reports.deviceClose();
  assert.deepEqual(flat(close.figures), flat(own.figures));
  assert.deepEqual([close.closedBy, close.lastSeqs.orders], ['stf_mara', 4]);
});

test('before a till knows what it counts in there is no report, and a date that is none is refused', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  cable.fate = cut;
  const till = await openTill(server().url, only(devices), { fetch: cable.fetch });
  assert.equal(till.reports.day(), undefined);
  assert.throws(() => till.reports.deviceClose(), { name: 'EngineError', code: 'MENU_MISSING' });
  assert.throws(() => till.reports.day('31 October'), { name: 'EngineError', code: 'COMMAND_INVALID' });
});
