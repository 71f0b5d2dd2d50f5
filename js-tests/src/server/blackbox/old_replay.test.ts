/**
 * What a device gets that comes back after ninety days. Time cannot be moved in workerd and the journal lets no row be
 * changed, so the rows of a server that has just decided are copied into an empty one, each moment in them ninety days earlier.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { only } from '../../engine/shared_server.ts';
import { disagreements } from '../agreement.ts';
import { ledgerOf, rowCounts } from '../ledger.ts';
import { type LocalServer, startLocalServer } from '../local_server.ts';
import { openRestaurant, type Restaurant } from '../restaurant.ts';
import { RawDevice, type RawMutation, type RawReply, readReply } from './raw_device.ts';

const days = 90;
const dayMs = 86_400_000;

let server: LocalServer;
let restaurant: Restaurant;
let device: RawDevice;
let batch: RawMutation[];
let decided: RawReply;

before(async () => {
  const earlier = await startLocalServer();
  server = await startLocalServer();
  try {
    restaurant = await openRestaurant(earlier, ['Till A', 'Till B']);
    const then = new RawDevice(earlier.url, only(restaurant.devices));
    batch = [then.opens(1), then.addsLine(1), then.voidsNothing(1), then.opens(2), then.addsLine(2)];
    decided = readReply(await then.exchange(batch));
    await copyAged(earlier, server);
    device = new RawDevice(server.url, only(restaurant.devices));
  } finally {
    await earlier.stop();
  }
});
after(() => server.stop());

test('a batch that comes again after ninety days gets the verdicts of its first coming', async () => {
  const [{ oldest } = { oldest: '' }] = await server.sql<{ oldest: string }>(
    'SELECT max(received_at) AS oldest FROM operations',
  );
  assert.ok(Date.now() - Date.parse(oldest) >= days * dayMs, 'the journal is ninety days old');
  const rows = await rowCounts(server);
  const reply = readReply(await device.exchange(batch));
  assert.deepEqual(
    reply.verdicts,
    decided.verdicts.map((verdict) => ({ ...verdict, replayed: true })),
  );
  assert.deepEqual(reply.changes, decided.changes, 'and the records as they stand');
  assert.equal(reply.acked_seq, decided.acked_seq);
  assert.deepEqual(await rowCounts(server), rows);
  assert.deepEqual(await disagreements(server), []);
});

test('a cursor of ninety days ago reads on from where it was', async () => {
  const other = new RawDevice(server.url, only(restaurant.devices, 1));
  readReply(await other.exchange([other.opens(3)]));
  const reply = readReply(await device.pull(decided.cursor));
  assert.deepEqual(
    reply.changes.map(({ collection, rev }) => [collection, rev]),
    [['orders', 1]],
  );
});

test('what was entered ninety days ago and never sent takes effect on its first coming, under its own stamps', async () => {
  const fresh = new RawDevice(server.url, only(restaurant.devices), device.incarnation);
  for (const _ of batch) fresh.opens(1);
  const old = Date.now() - days * dayMs;
  const stamp = `${old.toString(16).padStart(12, '0')}-0000-${fresh.enrolment.deviceId}`;
  const late = [{ ...fresh.opens(4), stamp }];
  const reply = readReply(await fresh.exchange(late));
  assert.deepEqual(
    reply.verdicts.map(({ outcome, replayed }) => [outcome, replayed]),
    [['applied', false]],
  );
  const { operations } = await ledgerOf(server, restaurant.tenantId);
  assert.ok(operations.some(({ mutationId }) => mutationId === only(late).id));
});

/** Copies every row of one server into another with the same schema, its moments ninety days earlier. */
async function copyAged(from: LocalServer, to: LocalServer): Promise<void> {
  const tables = await from.sql<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'
     AND name NOT IN ('d1_migrations', 'schema_version', 'retention') ORDER BY rowid`,
  );
  for (const { name } of tables) {
    for (const row of await from.sql(`SELECT * FROM "${name}"`)) {
      const columns = Object.keys(row);
      const values = columns.map((column) => (column.endsWith('_at') ? aged(row[column]) : row[column]));
      const places = columns.map((_, place) => `?${place + 1}`);
      await to.sql(`INSERT INTO "${name}" (${columns.join(', ')}) VALUES (${places.join(', ')})`, ...values);
    }
  }
}

function aged(moment: unknown): unknown {
  return typeof moment === 'string' && moment !== ''
    ? new Date(Date.parse(moment) - days * dayMs).toISOString()
    : moment;
}
