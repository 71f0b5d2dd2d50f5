/**
 * Loses the database and brings it back from a backup, with devices that go on as if nothing had been: one that is offline,
 * one that has spoken since the backup and whose work the backup does not know, and one that joins afterwards.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Cable, cut, whole } from '../../engine/cable.ts';
import { only } from '../../engine/shared_server.ts';
import { closeTills, drained, openReadyTill, sellSoup } from '../../engine/till.ts';
import { disagreements } from '../agreement.ts';
import { RawDevice, type RawMutation, readReply } from '../blackbox/raw_device.ts';
import { ledgerOf, rowCounts } from '../ledger.ts';
import { type LocalServer, startLocalServer } from '../local_server.ts';
import { openRestaurant, type Restaurant } from '../restaurant.ts';
import { databaseName, WranglerRoom } from './wrangler.ts';

/** How a drill is told what to do. */
export interface Drill {
  /** Orders in the backup. */
  readonly orders: number;
  /** Hears what is done. */
  readonly tell?: (step: string) => void;
}

const mutationsAtOnce = 100;
/** What D1 takes as one statement. */
const statementBytesMax = 100_000;
const restorableProgram = fileURLToPath(new URL('../../../../scripts/restorable.mjs', import.meta.url));

/** Runs the drill; fails where a promise is not kept. */
export async function restoreDrill({ orders, tell = () => undefined }: Drill): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'drill-'));
  const lost = await WranglerRoom.open(join(dir, 'lost'));
  const restored = await WranglerRoom.open(join(dir, 'restored'));
  const backup = join(dir, 'backup.sql');
  let server: LocalServer | undefined;
  try {
    server = await startLocalServer({ stateDir: lost.stateDir });
    const { url, operatorToken } = server;
    const port = Number(new URL(url).port);
    const again = (stateDir: string): Promise<LocalServer> => startLocalServer({ stateDir, port, operatorToken });

    const restaurant = await openRestaurant(server, ['Ahead', 'Offline', 'Till', 'Witness']);
    const raw = new RawDevice(url, only(restaurant.devices));
    const [cable, tillCable] = [new Cable(), new Cable()];
    const offline = await openReadyTill(url, only(restaurant.devices, 1), { fetch: cable.fetch });
    const till = await openReadyTill(url, only(restaurant.devices, 2), { fetch: tillCable.fetch });
    for (const tablet of [offline, till]) {
      await sellSoup(tablet);
      await drained(tablet);
    }
    const before = await sell(raw, orders);
    await pushLargeMenu(restaurant);
    const counts = await rowCounts(server);
    tell(`${orders} orders in the journal: ${JSON.stringify(counts)}`);

    await server.stop();
    await lost.d1('export', databaseName, '--output', backup);
    tell(`backup: ${((await readFile(backup)).length / 1e6).toFixed(1)} MB`);

    // What happens after the backup and before the loss.
    server = await again(lost.stateDir);
    const after = [raw.opens(90_001), raw.addsLine(90_001)];
    const { cursor } = readReply(await raw.exchange(after));
    const unknown = await sellSoup(till);
    await drained(till);
    cable.fate = cut;
    await sellSoup(offline);
    tillCable.fate = cut;
    await sellSoup(till);
    const schema = await schemaOf(server);
    const menu = await menuIn(server);
    assert.ok(menu.length > statementBytesMax, 'a record is larger than any statement');
    await server.stop();

    const restorable = join(dir, 'restorable.sql');
    await promisify(execFile)(process.execPath, [restorableProgram, backup, restorable]);
    await restored.d1('execute', databaseName, '--file', restorable);
    assert.match(await restored.d1('migrations', 'apply', databaseName), /No migrations to apply/);
    server = await again(restored.stateDir);
    assert.deepEqual(await schemaOf(server), schema, 'tables, indexes and triggers are those of before');
    assert.deepEqual(await rowCounts(server), counts, 'and so are the rows of the backup');
    assert.equal(await menuIn(server), menu);
    await assert.rejects(server.sql(`UPDATE operations SET verdict = '{}'`), /append-only/);
    await assert.rejects(server.sql('DELETE FROM operations'), /append-only/);
    assert.deepEqual(await disagreements(server), []);
    tell('restored: same tables, triggers and rows, and they agree');

    await rawGoesOn(raw, before, after, cursor);
    cable.fate = whole;
    await drained(offline);
    tell('a till that was offline has delivered what it held');
    tillCable.fate = whole;
    await drained(till);
    tell('a till that the backup does not know to the end has delivered what it held');

    const witness = await openReadyTill(url, only(restaurant.devices, 3));
    await drained(witness);
    await drained(offline);
    assert.equal(offline.confirmedHash(), witness.confirmedHash(), 'a device and the server agree');
    await drained(till);
    const shown = witness.orders.list().map(({ orderId }) => orderId);
    const more = till.orders.list().filter(({ orderId }) => !shown.includes(orderId));
    assert.equal(till.orders.list().length, shown.length + 1);
    // It was settled, so its till had let go of the mutations; what it still has is the order itself.
    assert.deepEqual(
      more.map(({ orderId, status, totals }) => [orderId, status, totals.paidMinor]),
      [[unknown.orderId, 'closed', unknown.totals.paidMinor]],
      'what only the lost database knew is still shown where it was entered',
    );
    assert.deepEqual(await disagreements(server), []);
    const { operations } = await ledgerOf(server, restaurant.tenantId);
    const ids = operations.map(({ mutationId }) => mutationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok([...before, ...after].every(({ id }) => ids.includes(id)));
    tell(
      `afterwards: ${operations.length} mutations in the journal, each once; the order that was lost is still on its till`,
    );
  } finally {
    await closeTills();
    await server?.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A menu that no single statement could hold, with the marks that SQL itself uses. */
async function pushLargeMenu({ locationId, asAdmin, menu }: Restaurant): Promise<void> {
  const items = menu['items'] as readonly Record<string, unknown>[];
  const more = Array.from({ length: 900 }, (_, place) => ({
    ...items[place % items.length],
    id: `it_more_${place}`,
    name: `Cook's "special" no. ${place}; -- 🐟`,
  }));
  const base_version = Number(menu['menu_version']);
  const large = { ...menu, menu_version: base_version + 1, items: [...items, ...more] };
  await asAdmin('POST', '/sync/menu', { location_id: locationId, base_version, menu: large });
}

async function menuIn(server: LocalServer): Promise<string> {
  const [row] = await server.sql<{ record: string }>("SELECT record FROM records WHERE collection = 'menu'");
  return row?.record ?? '';
}

/** Opens so many orders and gives each a line. */
async function sell(raw: RawDevice, orders: number): Promise<RawMutation[]> {
  const sent: RawMutation[] = [];
  while (sent.length < 2 * orders) {
    const first = sent.length / 2 + 1;
    const count = Math.min(mutationsAtOnce / 2, orders - first + 1);
    const batch = Array.from({ length: count }, (_, place) => first + place).flatMap((order) => [
      raw.opens(order),
      raw.addsLine(order),
    ]);
    readReply(await raw.exchange(batch));
    sent.push(...batch);
  }
  return sent;
}

/** A device that knows more than the backup gets defined answers, and what it still has takes effect once. */
async function rawGoesOn(
  raw: RawDevice,
  before: readonly RawMutation[],
  after: readonly RawMutation[],
  cursor: string,
): Promise<void> {
  const old = await raw.pull(cursor);
  assert.deepEqual([old.status, codeOf(old.text)], [410, 'CURSOR_EXPIRED'], 'no cursor of before is honoured');

  const repeat = readReply(await raw.exchange(before.slice(0, 10)));
  assert.ok(repeat.verdicts.every(({ outcome, replayed }) => outcome === 'applied' && replayed));
  assert.equal(repeat.acked_seq, before.length);

  const next = raw.addsLine(90_001);
  const ahead = await raw.exchange([next]);
  const { code, expected } = JSON.parse(ahead.text) as { code: string; expected: number };
  assert.deepEqual([ahead.status, code, expected], [409, 'SEQ_GAP', before.length + 1]);

  const resent = readReply(await raw.exchange([...after, next]));
  assert.deepEqual(
    resent.verdicts.map(({ outcome, replayed }) => [outcome, replayed]),
    [...after, next].map(() => ['applied', false]),
  );
}

const codeOf = (text: string): string => (JSON.parse(text) as { code: string }).code;

/** Tables, indexes and triggers as they were written, without differences of blank space. */
async function schemaOf(server: LocalServer): Promise<string[]> {
  const rows = await server.sql<{ type: string; name: string; sql: string | null }>(
    `SELECT type, name, sql FROM sqlite_master WHERE name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY type, name`,
  );
  return rows.map(({ type, name, sql }) => `${type} ${name}: ${sql?.replace(/\s+/g, ' ')}`);
}
