/**
 * A database of every earlier version, with rows, is brought up to today's. What a row held it holds afterwards, the journal
 * is append-only again, and the worker serves the devices of then.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { disagreements } from '../agreement.ts';
import { ask, RawDevice, type RawMutation, readReply } from '../blackbox/raw_device.ts';
import { databaseName, WranglerRoom } from '../drill/wrangler.ts';
import { type LocalServer, migrationNames, startLocalServer } from '../local_server.ts';
import { numbersWithRows, type OldDevices, oldDevices, writeRows } from './old_rows.ts';

const names = await migrationNames();
const numbers = names.map((name) => name.slice(0, 4));

test('migrations are numbered without a gap, and each brings rows to be tested with', async () => {
  assert.deepEqual(
    numbers,
    numbers.map((_, place) => String(place + 1).padStart(4, '0')),
  );
  assert.deepEqual(await numbersWithRows(), numbers);
});

for (const [place, number] of numbers.entries()) {
  test(`a database at migration ${number} with its rows becomes today's and serves its devices`, async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'migrations-'));
    let server = await startLocalServer({ stateDir, migrationsMax: place + 1 });
    try {
      for (const earlier of numbers.slice(0, place + 1)) await writeRows(server, earlier);
      const before = await allRows(server);
      if (place + 1 < numbers.length) {
        await server.stop();
        server = await startLocalServer({ stateDir });
      }
      assertKept(before, await allRows(server));
      const [version] = await server.sql('SELECT max(version) AS version FROM schema_version');
      assert.deepEqual(version, { version: numbers.length });
      await assertAppendOnly(server);
      await assertServes(server, await oldDevices());
      assert.deepEqual(await disagreements(server), []);
    } finally {
      await server.stop();
      await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}

test("wrangler applies the files as they are, and makes the same tables as the tests' own server", async () => {
  const dir = await mkdtemp(join(tmpdir(), 'migrations-'));
  const plain = await startLocalServer();
  try {
    const room = await WranglerRoom.open(dir);
    await room.d1('migrations', 'apply', databaseName);
    const server = await startLocalServer({ stateDir: room.stateDir });
    const made = await namesIn(server);
    await server.stop();
    assert.deepEqual(made, await namesIn(plain));
  } finally {
    await plain.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
});

const namesIn = (server: LocalServer): Promise<Record<string, unknown>[]> =>
  server.sql(
    `SELECT type, name FROM sqlite_master WHERE name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY type, name`,
  );

type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** What a version notes of itself. */
const ownTables = new Set(['d1_migrations', 'schema_version']);

async function allRows(server: LocalServer): Promise<Rows> {
  const rows: Record<string, Record<string, unknown>[]> = {};
  for (const { type, name } of await namesIn(server)) {
    if (type !== 'table' || ownTables.has(String(name))) continue;
    rows[String(name)] = await server.sql(`SELECT * FROM "${name}" ORDER BY rowid`);
  }
  return rows;
}

/** Every row is there, and each of its columns that still exists says what it said. */
function assertKept(before: Rows, after: Rows): void {
  assert.ok((before['operations']?.length ?? 0) > 10, 'there are rows to keep');
  for (const [table, rows] of Object.entries(before)) {
    const now = after[table];
    assert.ok(now !== undefined, `the table ${table} is there`);
    const columns = Object.keys(rows[0] ?? {}).filter((column) => Object.hasOwn(now[0] ?? {}, column));
    const of = (row: Readonly<Record<string, unknown>>): unknown[] => columns.map((column) => row[column]);
    assert.deepEqual(now.slice(0, rows.length).map(of), rows.map(of), `the rows of ${table}`);
  }
}

async function assertAppendOnly(server: LocalServer): Promise<void> {
  const [row] = await server.sql('SELECT rowid, * FROM operations LIMIT 1');
  assert.ok(row);
  const columns = Object.keys(row).filter((column) => column !== 'rowid');
  const replace = (changed: Readonly<Record<string, unknown>>, more: readonly string[] = []): Promise<unknown> => {
    const all = [...more, ...columns];
    const values = all.map((column) => changed[column] ?? row[column]);
    const places = all.map((_, place) => `?${place + 1}`);
    return server.sql(`INSERT OR REPLACE INTO operations (${all}) VALUES (${places})`, ...values);
  };
  const fresh = { mutation_id: '01a19456-9e38-7000-9000-ffffffffffff', seq: 999_999 };
  const attempts: readonly (readonly [what: string, attempt: () => Promise<unknown>])[] = [
    ['an update', () => server.sql(`UPDATE operations SET verdict = '{}'`)],
    ['a deletion', () => server.sql('DELETE FROM operations')],
    ['a replacement of the id', () => replace({ seq: fresh.seq })],
    ['a replacement of the number', () => replace({ mutation_id: fresh.mutation_id })],
    ['a replacement of the row', () => replace(fresh, ['rowid'])],
  ];
  for (const [what, attempt] of attempts) {
    await assert.rejects(attempt, /append-only|in the ledger/, `${what} is refused`);
  }
}

/** The devices of the old rows go on where they were. */
async function assertServes(server: LocalServer, old: OldDevices): Promise<void> {
  const health = await ask(server.url, { method: 'GET', path: '/health' });
  assert.equal((JSON.parse(health.text) as { status: string }).status, 'ok');
  const [first, , revoked] = old.devices.map((device) => new RawDevice(server.url, device, old.incarnation));
  assert.ok(first && revoked);

  const repeat = readReply(await first.exchange(old.mutations));
  assert.deepEqual(
    repeat.verdicts,
    old.verdicts.map((verdict) => ({ ...verdict, replayed: true })),
  );
  const fromCursor = readReply(await first.pull(old.cursor));
  assert.deepEqual(
    fromCursor.changes.filter(({ collection }) => collection === 'orders').map(({ rev }) => rev),
    [6, 2, 1],
    'a cursor of then reads on',
  );
  const next: RawMutation[] = [];
  while (first.seq < old.mutations.length) first.opens(50);
  next.push(first.opens(51), first.addsLine(51));
  const { verdicts, acked_seq } = readReply(await first.exchange(next));
  assert.deepEqual([verdicts.map(({ outcome }) => outcome), acked_seq], [['applied', 'applied'], first.seq]);

  const refused = await revoked.pull(null);
  assert.deepEqual([refused.status, (JSON.parse(refused.text) as { code: string }).code], [403, 'DEVICE_REVOKED']);
  const devices = await ask(server.url, { method: 'GET', path: '/admin/devices', token: old.adminToken });
  const listed = JSON.parse(devices.text) as readonly { device_id: string }[];
  assert.deepEqual(
    listed.map(({ device_id }) => device_id),
    old.devices.map(({ deviceId }) => deviceId).sort(),
  );
}
