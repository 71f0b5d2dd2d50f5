/**
 * What a pull costs beside what the location holds: a page of a hundred after a recent cursor, and the first page of a device
 * that has nothing, with 1,000 to 1,000,000 records in the change sequence. The records are filled in by SQL: copies of one
 * order that the server itself has written, finished day after day up to today.
 */
import assert from 'node:assert/strict';
import { RawDevice, readReply } from '../../js-tests/src/server/blackbox/raw_device.ts';
import type { LocalServer } from '../../js-tests/src/server/local_server.ts';
import { openRestaurant } from '../../js-tests/src/server/restaurant.ts';
import { median, printRows, quantile } from '../storage/figures.mjs';
import { saleSteps, Sales } from './workload.ts';

const usual = [1_000, 10_000, 100_000];
const large = 1_000_000;
const pageEntries = 100;
const chunkRecords = 20_000;
/** What is being served; everything before it was finished, a day's orders a day. */
const openOrders = 50;
const ordersOfADay = 300;
const samplesOfARound = 15;

/** A location with so many records. */
interface Filled {
  readonly records: number;
  readonly device: RawDevice;
  readonly sales: Sales;
  readonly recent: string;
}

const kinds = ['recent', 'first', 'exchange'] as const;
type Kind = (typeof kinds)[number];
const says: Readonly<Record<Kind, string>> = {
  recent: `a page of ${pageEntries} after a recent cursor`,
  first: `the first page of ${pageEntries}`,
  exchange: 'an exchange of one mutation',
};

/** Fills, pulls and prints. */
export async function benchPulls(server: LocalServer, rounds: number, withMillion: boolean): Promise<void> {
  const locations: Filled[] = [];
  for (const records of withMillion ? [...usual, large] : usual) locations.push(await fill(server, records));
  const took = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const kind of kinds) {
      for (const location of locations) {
        const each: number[] = [];
        for (let sample = 0; sample < samplesOfARound; sample += 1) each.push(await timeOf(kind, location));
        // The first round warms the caches.
        if (round > 0)
          took.set(`${kind} ${location.records}`, [...(took.get(`${kind} ${location.records}`) ?? []), ...each]);
      }
    }
  }
  const header = ['', ...locations.map(({ records }) => records.toLocaleString('en'))];
  const rows = kinds.flatMap((kind) => {
    const of = ({ records }: Filled): number[] => took.get(`${kind} ${records}`) ?? [];
    const base = median(of(locations[0] as Filled));
    return [
      [`${says[kind]}, ratio`, ...locations.map((location) => (median(of(location)) / base).toFixed(2))],
      ['  p50 / p99', ...locations.map((location) => timesText(of(location)))],
    ];
  });
  printRows([header, ...rows]);
}

const timesText = (each: number[]): string =>
  `${quantile(each, 0.5).toFixed(1)} / ${quantile(each, 0.99).toFixed(1)} ms`;

async function timeOf(kind: Kind, { device, sales, recent }: Filled): Promise<number> {
  const batch = sales.next(1);
  const since = performance.now();
  const answer = await (kind === 'exchange'
    ? device.exchange(batch, recent, 1)
    : device.pull(kind === 'recent' ? recent : null, pageEntries));
  const ms = performance.now() - since;
  const { changes } = readReply(answer);
  assert.equal(changes.length, kind === 'exchange' ? 1 : pageEntries);
  // What a pull did not send goes up now, so that the stream stays whole and the recent page full.
  if (kind !== 'exchange') readReply(await device.exchange(batch, null, 1));
  return ms;
}

/** Opens a restaurant, sells once and multiplies that order. */
async function fill(server: LocalServer, records: number): Promise<Filled> {
  const { tenantId, locationId, devices } = await openRestaurant(server, ['Till']);
  const [enrolment] = devices;
  assert.ok(enrolment);
  const device = RawDevice.unchecked(server.url, enrolment);
  const sales = new Sales(device, 1);
  readReply(await device.exchange(sales.next(saleSteps)));
  const [{ head } = { head: 0 }] = await server.sql<{ head: number }>(
    'SELECT head FROM locations WHERE tenant_id = ?1',
    tenantId,
  );
  for (let number = head; number < records; number += chunkRecords) {
    await server.sql(
      `INSERT INTO records
         (tenant_id, location_id, collection, record_id, rev, changed_seq, record_bytes, ticket_key, sources, record, day)
       SELECT r.tenant_id, r.location_id, r.collection, printf('01a19456-9e38-7000-8001-%012x', n.value), r.rev, n.value,
         r.record_bytes, '2026-10-30|X-' || n.value, r.sources, r.record,
         CASE WHEN n.value <= ?5 - ?6 THEN date('now', CAST((n.value - ?5) / ?7 AS INTEGER) || ' days') END
       FROM records r, (
         WITH RECURSIVE counted(value) AS (SELECT ?3 + 1 UNION ALL SELECT value + 1 FROM counted WHERE value < ?4)
         SELECT value FROM counted
       ) n
       WHERE r.tenant_id = ?1 AND r.location_id = ?2 AND r.collection = 'orders' AND r.ticket_key LIKE '2026-10-31|%'`,
      tenantId,
      locationId,
      number,
      Math.min(number + chunkRecords, records),
      records,
      openOrders,
      ordersOfADay,
    );
  }
  // The order that was copied came first and is the oldest.
  await server.sql(
    "UPDATE records SET day = '2000-01-01' WHERE tenant_id = ?1 AND ticket_key LIKE '2026-10-31|%'",
    tenantId,
  );
  await server.sql('UPDATE locations SET head = ?2 WHERE tenant_id = ?1', tenantId, records);
  const { cursor } = readReply(await device.pull(null, 1));
  // A device that has read everything goes by number alone.
  const recent = cursor.replace(/\.\d+\.[\d-]+$/, `.${records - pageEntries}`);
  assert.notEqual(recent, cursor);
  return { records, device, sales, recent };
}
