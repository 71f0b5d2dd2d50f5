/**
 * Writers that race for one location while a reader follows it by its cursor. A writer sends batches of its own stream and
 * sends one again when the server is busy, as a device does. Two of three batches touch an order that all of them share, half of
 * those nothing else: records change under the reader, and two writers can meet in one record alone.
 */
import assert from 'node:assert/strict';
import { type Chance } from '../../kills/chance.ts';
import { disagreements } from '../agreement.ts';
import { ledgerOf } from '../ledger.ts';
import type { LocalServer } from '../local_server.ts';
import { openRestaurant } from '../restaurant.ts';
import { orderId, RawDevice, type RawEntry, type RawMutation, readReply } from './raw_device.ts';

/** How large a race is. */
export interface RaceSize {
  readonly writers: number;
  /** Mutations of each writer. */
  readonly mutations: number;
}

/** What a race counted. */
export interface RaceTally {
  readonly mutations: number;
  readonly exchanges: number;
  /** Answers `503 BUSY`, after which a writer sent the same again. */
  readonly busy: number;
  readonly pages: number;
  readonly entries: number;
  /** Pages read while writers were still writing. */
  readonly pagesDuringRace: number;
  readonly seconds: number;
}

/** The counts in a line. */
export function raceText({ mutations, exchanges, busy, pages, pagesDuringRace, entries, seconds }: RaceTally): string {
  return (
    `${mutations} mutations in ${exchanges} exchanges (${busy} answered busy and sent again), ${entries} entries read in ` +
    `${pages} pages (${pagesDuringRace} of them during the race), ${seconds.toFixed(1)} s`
  );
}

const batchMax = 12;
const pageMax = 3;
/** Orders that all writers share at a time, and after how many mutations of a writer there are new ones: an order has 300 lines at most. */
const sharedAtOnce = 2;
const sharedFor = 60;
/** Each writer's own orders are numbered from here times its place. */
const ordersOfAWriter = 100_000;

interface Writer {
  readonly device: RawDevice;
  readonly mutations: RawMutation[];
  exchanges: number;
  busy: number;
}

/** Runs one race on a restaurant of its own and checks all that it promises. */
export async function race(server: LocalServer, size: RaceSize, chance: Chance): Promise<RaceTally> {
  const since = performance.now();
  const { tenantId, devices } = await openRestaurant(
    server,
    Array.from({ length: size.writers + 2 }, (_, place) => `Till ${place}`),
  );
  const raw = devices.map((device) => new RawDevice(server.url, device));
  const [opener, reader, ...rest] = raw as [RawDevice, RawDevice, ...RawDevice[]];
  const opened = Array.from({ length: sharedAtOnce * Math.ceil(size.mutations / sharedFor) }, (_, place) =>
    opener.opens(place + 1),
  );
  readReply(await opener.exchange(opened));
  const writers = rest.map((device): Writer => ({ device, mutations: [], exchanges: 0, busy: 0 }));

  const state = { racing: true };
  const reading = follow(reader, state);
  await Promise.all(
    writers.map((writer, place) => write(writer, (place + 1) * ordersOfAWriter, size.mutations, chance)),
  );
  state.racing = false;
  const read = await reading;

  await checkLedger(server, tenantId, [...opened, ...writers.flatMap(({ mutations }) => mutations)]);
  await checkReading(server, tenantId, read.entries, read.cursor);
  assert.deepEqual(await disagreements(server), []);
  const sum = (of: (writer: Writer) => number): number => writers.reduce((before, writer) => before + of(writer), 0);
  return {
    mutations: sum(({ mutations }) => mutations.length),
    exchanges: sum(({ exchanges }) => exchanges),
    busy: sum(({ busy }) => busy),
    pages: read.pages,
    pagesDuringRace: read.pagesDuringRace,
    entries: read.entries.length,
    seconds: (performance.now() - since) / 1000,
  };
}

/** Sends a stream's mutations in batches until all are decided. */
async function write(writer: Writer, firstOrder: number, count: number, chance: Chance): Promise<void> {
  const { device, mutations } = writer;
  let order = firstOrder;
  while (mutations.length < count) {
    const batch: RawMutation[] = [];
    const wanted = Math.min(chance.between(1, batchMax), count - mutations.length);
    const ground = order === firstOrder ? 'own' : chance.oneOf(['own', 'both', 'shared']);
    if (ground === 'own' && (order === firstOrder || chance.oneOf([true, false])))
      batch.push(device.opens((order += 1)));
    const sharedOrder = sharedAtOnce * Math.floor(mutations.length / sharedFor) + chance.between(1, sharedAtOnce);
    while (batch.length < wanted) {
      const touched = ground === 'shared' || (ground === 'both' && chance.oneOf([true, false])) ? sharedOrder : order;
      batch.push(chance.between(1, 20) === 1 ? device.voidsNothing(touched) : device.addsLine(touched));
    }
    mutations.push(...batch);
    for (;;) {
      const answer = await device.exchange(batch);
      writer.exchanges += 1;
      if (answer.status !== 503) {
        const { verdicts, acked_seq } = readReply(answer);
        assert.deepEqual(
          verdicts.map(({ id }) => id),
          batch.map(({ id }) => id),
        );
        assert.equal(acked_seq, device.seq);
        break;
      }
      assert.ok(answer.headers.get('retry-after') !== null, 'a busy server says when to come back');
      writer.busy += 1;
    }
  }
}

interface Reading {
  readonly entries: RawEntry[];
  readonly cursor: string;
  readonly pages: number;
  readonly pagesDuringRace: number;
}

/** Reads page after page while others write, and then to the end. */
async function follow(reader: RawDevice, state: { readonly racing: boolean }): Promise<Reading> {
  const entries: RawEntry[] = [];
  let [cursor, pages, pagesDuringRace] = [null as string | null, 0, 0];
  for (;;) {
    const { racing } = state;
    const reply = readReply(await reader.pull(cursor, pageMax));
    assert.ok(reply.changes.length <= pageMax);
    entries.push(...reply.changes);
    cursor = reply.cursor;
    pages += 1;
    pagesDuringRace += racing ? 1 : 0;
    if (!racing && !reply.has_more) return { entries, cursor, pages, pagesDuringRace };
  }
}

async function checkLedger(server: LocalServer, tenantId: string, sent: readonly RawMutation[]): Promise<void> {
  const { operations } = await ledgerOf(server, tenantId);
  assert.deepEqual(
    operations.map(({ mutationId }) => mutationId).sort(),
    sent.map(({ id }) => id).sort(),
    'every mutation has exactly one row',
  );
  const rejected = sent.filter(({ change }) => change.type === 'void_line').length;
  assert.equal(operations.filter(({ outcome }) => outcome === 'rejected').length, rejected);
}

/** Everything was seen, in the order of its numbers, nothing twice, and the last sight of each record is the last there is. */
async function checkReading(
  server: LocalServer,
  tenantId: string,
  entries: readonly RawEntry[],
  cursor: string,
): Promise<void> {
  for (const [place, entry] of entries.entries()) {
    const before = entries[place - 1];
    assert.ok(before === undefined || before.changed_seq < entry.changed_seq, 'numbers only grow');
  }
  const seen = entries.map(({ collection, id, rev }) => `${collection} ${id} ${rev}`);
  assert.equal(new Set(seen).size, seen.length, 'no version of a record was delivered twice');
  const last = new Map(entries.map((entry) => [`${entry.collection} ${entry.id}`, entry]));
  const records = await server.sql<{ collection: string; record_id: string; rev: number; record: string }>(
    'SELECT collection, record_id, rev, record FROM records WHERE tenant_id = ?1',
    tenantId,
  );
  assert.deepEqual(
    new Map([...last].map(([name, { rev, record }]) => [name, { rev, record }])),
    new Map(
      records.map(({ collection, record_id, rev, record }) => [
        `${collection} ${record_id}`,
        { rev, record: JSON.parse(record) as unknown },
      ]),
    ),
    'the reader holds what the server holds',
  );
  const [head] = await server.sql<{ head: number }>('SELECT head FROM locations WHERE tenant_id = ?1', tenantId);
  assert.equal(entries.at(-1)?.changed_seq, head?.head);
  assert.ok(cursor.endsWith(`.${head?.head}`), 'its cursor stands at the head');
  assert.ok(last.has(`orders ${orderId(1)}`), 'the shared orders are among them');
}
