/**
 * What each kind of request costs: statements and batches on D1, the rows that Cloudflare would charge for, how long D1 takes
 * of the whole, and by how much the database grows. Counted where the worker meets its binding, in requests of their own.
 */
import assert from 'node:assert/strict';
import {
  askUnchecked,
  RawDevice,
  type RawReply,
  type RawRequest,
} from '../../js-tests/src/server/blackbox/raw_device.ts';
import type { LocalServer } from '../../js-tests/src/server/local_server.ts';
import { openRestaurant } from '../../js-tests/src/server/restaurant.ts';
import { printRows } from '../storage/figures.mjs';
import { Sales } from './workload.ts';

/** What one request cost D1, as D1 itself says it. */
interface D1Count {
  readonly statements: number;
  /** What each batch took, in whole milliseconds, in their order. */
  readonly batchesMs: readonly number[];
  /** Each index of a written row counts. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly databaseBytes: number;
}

/** Of many requests of a kind. Means, for the clock inside a worker shows whole milliseconds. */
interface Cost extends D1Count {
  readonly wholeMs: number;
  /** By how much the database grew, a request. */
  readonly grownBytes: number;
}

const samples = 60;
const pageEntries = 100;

/** Counts and prints. */
export async function benchCosts(server: LocalServer): Promise<void> {
  const { devices } = await openRestaurant(server, ['Till']);
  const [enrolment] = devices;
  assert.ok(enrolment);
  const device = RawDevice.unchecked(server.url, enrolment);
  const sales = new Sales(device, 1_000);
  let { cursor } = await device.everything();
  const token = enrolment.deviceToken;
  const push = (body: string): RawRequest => ({ method: 'POST', path: '/sync/orders', token, body });
  const pull = (after: string): RawRequest => {
    return { method: 'GET', path: `/sync/changes?cursor=${after}&limit=${pageEntries}`, token };
  };

  const rows = [['', 'statements', 'D1 batches', 'of the whole', 'rows read', 'rows written', 'bytes']];
  const add = async (what: string, request: () => RawRequest, mutations = 0): Promise<void> => {
    const cost = await costOf(server.url, request, (reply) => (cursor = reply.cursor));
    rows.push([
      what,
      String(cost.statements),
      `${cost.batchesMs.map((ms) => ms.toFixed(1)).join(' + ')} ms`,
      `${cost.wholeMs.toFixed(1)} ms`,
      cost.rowsRead.toFixed(0),
      cost.rowsWritten.toFixed(0),
      mutations === 0 ? '' : `${(cost.grownBytes / mutations).toFixed(0)} a mutation`,
    ]);
  };
  for (const mutations of [1, 10, 100]) {
    await add(`exchange of ${mutations}`, () => push(device.body(sales.next(mutations), cursor)), mutations);
  }
  const repeated = sales.next(100);
  await add('the same 100 again', () => push(device.body(repeated, cursor)));
  await add('pull with nothing new', () => pull(cursor));
  await add(`pull of a page of ${pageEntries}`, () => pull(''));
  printRows(rows);
}

async function costOf(url: string, request: () => RawRequest, hear: (reply: RawReply) => void): Promise<Cost> {
  const seen: (D1Count & { readonly wholeMs: number })[] = [];
  // The first one warms up; of a batch that is repeated, it is the one that decides.
  for (let number = 0; number <= samples; number += 1) {
    const asked = request();
    const since = performance.now();
    const { status, text, headers } = await askUnchecked(url, { ...asked, headers: { 'x-count': '1' } });
    const wholeMs = performance.now() - since;
    assert.equal(status, 200, text);
    hear(JSON.parse(text) as RawReply);
    const count = JSON.parse(headers.get('x-d1') ?? '') as D1Count;
    if (number > 0) seen.push({ ...count, wholeMs });
  }
  const [first] = seen;
  assert.ok(first);
  assert.deepEqual(
    new Set(seen.map(({ statements }) => statements)),
    new Set([first.statements]),
    'every request of a kind runs as many statements',
  );
  const mean = (of: (count: D1Count & { wholeMs: number }) => number): number =>
    seen.reduce((sum, count) => sum + of(count), 0) / seen.length;
  return {
    ...first,
    batchesMs: first.batchesMs.map((_, place) => mean(({ batchesMs }) => batchesMs[place] ?? Number.NaN)),
    rowsRead: mean(({ rowsRead }) => rowsRead),
    rowsWritten: mean(({ rowsWritten }) => rowsWritten),
    wholeMs: mean(({ wholeMs }) => wholeMs),
    grownBytes: ((seen.at(-1)?.databaseBytes ?? 0) - first.databaseBytes) / (seen.length - 1),
  };
}
