/**
 * Exchanges of 1, 10 and 100 mutations, ours beside the hand-written batches that store the same rows. A round of ours comes
 * first and leaves its rows; each contender then has its turn in each round, in a new random order, the hand-written ones
 * with the rows of our round before.
 */
import assert from 'node:assert/strict';
import {
  askUnchecked,
  RawDevice,
  type RawEntry,
  type RawMutation,
} from '../../js-tests/src/server/blackbox/raw_device.ts';
import type { LocalServer } from '../../js-tests/src/server/local_server.ts';
import { openRestaurant } from '../../js-tests/src/server/restaurant.ts';
import { median, printRows, quantile } from '../storage/figures.mjs';
import { Sales } from './workload.ts';

/** Mutations of one exchange, and how many exchanges each lane of a turn has. */
const sizes = [
  { mutations: 1, exchanges: 60 },
  { mutations: 10, exchanges: 30 },
  { mutations: 100, exchanges: 12 },
] as const;

/** Devices that exchange at the same time, each with a location of its own. */
const lanesOfA = [1, 8] as const;

const target = 0.7;
const contenders = ['ours', 'each', 'json'] as const;
type Contender = (typeof contenders)[number];
const shownName: Readonly<Record<Contender, string>> = {
  ours: 'ours',
  each: 'raw, a statement a row',
  json: 'raw, json_each',
};

/** Stands in a body that is written beforehand. */
const cursorToCome = 'cursor-to-come';

/** One till, what it sells and how far it has read. */
interface Lane {
  readonly sales: Sales;
  cursor: string;
}

/** Bodies that store what one of our exchanges stored. */
type Bodies = readonly (readonly string[])[];

/** What one turn took, each exchange and the whole. */
interface Turn {
  readonly each: readonly number[];
  readonly perSecond: number;
}

/** Compares and prints. */
export async function benchExchanges(server: LocalServer, rounds: number): Promise<void> {
  const rows: string[][] = [['mutations × at once', '', 'exchanges/s', 'ours/this', 'target', 'p50', 'p99']];
  for (const lanesNumber of lanesOfA) {
    for (const size of sizes) {
      rows.push(...(await compare(server, size.mutations, size.exchanges, lanesNumber, rounds)));
    }
  }
  printRows(rows);
}

async function compare(
  server: LocalServer,
  mutations: number,
  exchanges: number,
  lanesNumber: number,
  rounds: number,
): Promise<string[][]> {
  const lanes: Lane[] = [];
  for (let number = 0; number < lanesNumber; number += 1) lanes.push(await openLane(server));
  const turns: Record<Contender, Turn[]> = { ours: [], each: [], json: [] };
  let stored = (await ourTurn(server, lanes, mutations, exchanges)).bodies;
  for (let round = 0; round < rounds; round += 1) {
    let next: Bodies = stored;
    for (const contender of shuffled(contenders)) {
      if (contender === 'ours') {
        const { turn, bodies } = await ourTurn(server, lanes, mutations, exchanges);
        turns.ours.push(turn);
        next = bodies;
      } else {
        turns[contender].push(await rawTurn(server, contender, stored));
      }
    }
    stored = next;
  }
  return contenders.map((contender) => {
    const all = turns[contender].flatMap(({ each }) => each);
    const ratios = turns.ours.map((ours, round) => ours.perSecond / (turns[contender][round]?.perSecond ?? Number.NaN));
    const ratio = `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)})`;
    const judged = contender === 'each' && mutations === 100;
    return [
      contender === 'ours' ? `${mutations} × ${lanesNumber}` : '',
      shownName[contender],
      median(turns[contender].map(({ perSecond }) => perSecond)).toFixed(0),
      contender === 'ours' ? '' : ratio,
      judged ? `${target} ${median(ratios) >= target ? 'met' : 'missed'}` : '',
      `${quantile(all, 0.5).toFixed(1)} ms`,
      `${quantile(all, 0.99).toFixed(1)} ms`,
    ];
  });
}

async function openLane(server: LocalServer): Promise<Lane> {
  const { tenantId, devices } = await openRestaurant(server, ['Till']);
  const [device] = devices;
  assert.ok(device);
  const [tenant] = await server.sql('SELECT * FROM tenants WHERE tenant_id = ?1', tenantId);
  const [location] = await server.sql('SELECT * FROM locations WHERE tenant_id = ?1', tenantId);
  for (const binding of ['RAW_EACH', 'RAW_JSON']) {
    await insert(server, binding, 'tenants', tenant ?? {});
    await insert(server, binding, 'locations', location ?? {});
  }
  const raw = RawDevice.unchecked(server.url, device);
  const { cursor } = await raw.everything();
  return { sales: new Sales(raw, 1_000), cursor };
}

async function insert(
  server: LocalServer,
  binding: string,
  table: string,
  row: Record<string, unknown>,
): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, place) => `?${place + 1}`);
  await server.sqlIn(binding, `INSERT INTO ${table} (${columns}) VALUES (${places})`, ...Object.values(row));
}

/** Each lane's exchanges one after the other, all lanes at once. */
async function timed(lanes: readonly (readonly (() => Promise<void>)[])[]): Promise<Turn> {
  const each: number[] = [];
  const start = performance.now();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const exchange of lane) {
        const since = performance.now();
        await exchange();
        each.push(performance.now() - since);
      }
    }),
  );
  return { each, perSecond: (each.length * 1000) / (performance.now() - start) };
}

interface Exchanged {
  readonly mutations: readonly RawMutation[];
  readonly text: string;
}

async function ourTurn(
  server: LocalServer,
  lanes: readonly Lane[],
  mutations: number,
  exchanges: number,
): Promise<{ turn: Turn; bodies: Bodies }> {
  const done: Exchanged[][] = lanes.map(() => []);
  // Written beforehand, as the raw ones are: only the cursor is not known yet.
  const batches = lanes.map(({ sales }) =>
    Array.from({ length: exchanges }, () => {
      const batch = sales.next(mutations);
      return { batch, body: sales.device.body(batch, cursorToCome) };
    }),
  );
  const turn = await timed(
    lanes.map((lane, place) =>
      (batches[place] ?? []).map(({ batch, body }) => async () => {
        const { status, text } = await lane.sales.device.send(body.replace(cursorToCome, lane.cursor));
        assert.equal(status, 200, text);
        const [, cursor] = /"cursor":"([^"]+)"/.exec(text) ?? [];
        assert.ok(cursor);
        lane.cursor = cursor;
        done[place]?.push({ mutations: batch, text });
      }),
    ),
  );
  const bodies = await Promise.all(lanes.map((lane, place) => rawBodies(server, lane, done[place] ?? [])));
  return { turn, bodies };
}

async function rawTurn(server: LocalServer, way: 'each' | 'json', bodies: Bodies): Promise<Turn> {
  return timed(
    bodies.map((lane) =>
      lane.map((body) => async () => {
        const { status, text } = await askUnchecked(server.url, { method: 'POST', path: `/raw/${way}`, body });
        assert.equal(status, 200, text);
      }),
    ),
  );
}

/** The rows that each exchange left, as the hand-written contenders take them. */
async function rawBodies(server: LocalServer, { sales }: Lane, exchanged: readonly Exchanged[]): Promise<string[]> {
  const { enrolment, incarnation } = sales.device;
  const rows = await server.sql<{ seq: number; verdict: string }>(
    'SELECT * FROM operations WHERE tenant_id = ?1 AND device_id = ?2',
    enrolment.tenantId,
    enrolment.deviceId,
  );
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return exchanged.map(({ mutations, text }) => {
    const reply = JSON.parse(text) as { changes: RawEntry[]; verdicts: { outcome: string }[] };
    assert.ok(
      reply.verdicts.every(({ outcome }) => outcome === 'applied'),
      text,
    );
    const operations = mutations.map(({ seq }) => bySeq.get(seq));
    const records = reply.changes.map((entry) => recordRow(entry, sales.device));
    const head = Math.max(...reply.changes.map(({ changed_seq }) => changed_seq));
    return JSON.stringify({
      operations,
      records,
      location: { tenant_id: enrolment.tenantId, location_id: enrolment.locationId, head },
      stream: {
        tenant_id: enrolment.tenantId,
        device_id: enrolment.deviceId,
        stream: 'orders',
        incarnation,
        acked_seq: mutations.at(-1)?.seq,
      },
    });
  });
}

/** The row of a changed record, as our tables hold it. */
function recordRow({ collection, id, rev, changed_seq, own_seq, record }: RawEntry, device: RawDevice): object {
  const text = JSON.stringify(record);
  const { business_date, ticket_no } = record as { business_date: string; ticket_no: string };
  return {
    tenant_id: device.enrolment.tenantId,
    location_id: device.enrolment.locationId,
    collection,
    record_id: id,
    rev,
    changed_seq,
    record_bytes: text.length,
    ticket_key: `${business_date}|${ticket_no}`,
    sources: JSON.stringify({ [`${device.enrolment.deviceId}/${device.incarnation}`]: own_seq }),
    record: text,
  };
}

/** The same values in a random order. */
function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
