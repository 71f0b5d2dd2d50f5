/**
 * The store of React Native. One table in write-ahead mode with `synchronous = FULL`: when a commit resolves, SQLite has
 * had the log flushed to the disk; on Apple's systems `fullfsync` makes the disk itself flush too. It survives a crash of
 * the app, and a power cut as far as the disk keeps its word.
 */
import { EngineError } from '../engine_error.js';
import type { StorageAdapter, WriteBatch } from './adapter.js';
import { refuseMmkv } from './mmkv.js';
import type { SqliteDatabase, SqliteParameter } from './sqlite_database.js';
import { createTurns } from './turns.js';

export { expoSqlite, opSqlite } from './sqlite_database.js';
export type { ExpoSqliteDatabase, OpSqliteDatabase, SqliteDatabase, SqliteParameter } from './sqlite_database.js';

const TABLE = 'auraconnect_values';
/** Old releases of SQLite take 999 parameters in one statement. */
const PAIRS_PER_STATEMENT_MAX = 256;
const KEYS_PER_STATEMENT_MAX = 512;
/** Another connection holds the database for a commit or a checkpoint; together the waits are about three seconds. */
const BUSY_WAITS_MS = [1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 640, 1_000];

/**
 * Opens the store in a database, which must be this store's own connection: see {@link SqliteDatabase}. Rejects with
 * `STORAGE_FULL`, else with `STORAGE_FAILED`, and with `OPTION_INVALID` where it is given no database.
 */
export async function sqliteStorage(database: SqliteDatabase): Promise<StorageAdapter> {
  requireDatabase(database);
  const takeTurn = createTurns();
  let closed = false;
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (closed) return Promise.reject(new EngineError('STORAGE_FAILED', 'the store is closed'));
    return takeTurn(() =>
      unlessBusy(work).catch((thrown: unknown) => {
        throw failed(thrown);
      }),
    );
  };
  for (const sql of [
    'PRAGMA journal_mode = WAL',
    'PRAGMA synchronous = FULL',
    'PRAGMA fullfsync = 1',
    'PRAGMA checkpoint_fullfsync = 1',
    // No NOT NULL: libraries bind a value of no bytes as NULL.
    `CREATE TABLE IF NOT EXISTS ${TABLE} (key TEXT PRIMARY KEY NOT NULL, value BLOB)`,
  ]) {
    await inTurn(() => database.execute(sql));
  }
  return {
    atomicBatches: true,
    list: (prefix) => inTurn(() => list(database, prefix)),
    read: (keys) => inTurn(() => read(database, keys)),
    commit: (batch) => {
      let statements: readonly Statement[];
      try {
        // Before the turn comes: the caller may use its buffers again at once.
        statements = statementsOf(batch);
      } catch (thrown) {
        return Promise.reject(failed(thrown));
      }
      return inTurn(() => write(database, statements, batch.create));
    },
    space: () => inTurn(() => space(database)),
    close: () => {
      if (closed) return Promise.resolve();
      closed = true;
      return takeTurn(() => database.close()).catch((thrown: unknown) => {
        throw failed(thrown);
      });
    },
  };
}

interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqliteParameter[];
}

function statementsOf({ create, put, delete: remove }: WriteBatch): readonly Statement[] {
  const marks = (count: number, mark: string): string => new Array(count).fill(mark).join(', ');
  const writing = (verb: string, pairs: WriteBatch['put']): Statement[] =>
    slices(pairs, PAIRS_PER_STATEMENT_MAX).map((slice) => ({
      sql: `${verb} INTO ${TABLE} (key, value) VALUES ${marks(slice.length, '(?, ?)')}`,
      parameters: slice.flatMap(([key, value]) => [key, new Uint8Array(bytesOf(value))]),
    }));
  const removing = slices(remove, KEYS_PER_STATEMENT_MAX).map((slice) => ({
    sql: `DELETE FROM ${TABLE} WHERE key IN (${marks(slice.length, '?')})`,
    parameters: slice,
  }));
  return [...writing('INSERT', create), ...writing('INSERT OR REPLACE', put), ...removing];
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new EngineError('STORAGE_FAILED', 'a value is not bytes');
}

async function write(
  database: SqliteDatabase,
  statements: readonly Statement[],
  created: WriteBatch['create'],
): Promise<void> {
  const [first, ...others] = statements;
  if (first === undefined) return;
  try {
    // A statement by itself is a transaction already.
    if (others.length === 0) await database.run(first.sql, first.parameters);
    else await inTransaction(database, statements);
  } catch (thrown) {
    // Libraries word a broken constraint as they like. What the database holds is no question of wording.
    const taken = await firstOf(database, created).catch(() => undefined);
    throw taken === undefined ? thrown : new EngineError('KEY_EXISTS', `${taken} exists already`);
  }
}

async function inTransaction(database: SqliteDatabase, statements: readonly Statement[]): Promise<void> {
  await database.execute('BEGIN IMMEDIATE');
  try {
    for (const { sql, parameters } of statements) await database.run(sql, parameters);
    await database.execute('COMMIT');
  } catch (thrown) {
    // SQLite has rolled some failures back by itself, and says then that there is nothing to roll back.
    await database.execute('ROLLBACK').catch(() => undefined);
    throw thrown;
  }
}

/** The first of the pairs' keys that the store holds. */
async function firstOf(database: SqliteDatabase, pairs: WriteBatch['create']): Promise<string | undefined> {
  for (const slice of slices(pairs, KEYS_PER_STATEMENT_MAX)) {
    const keys = slice.map(([key]) => key);
    const marks = keys.map(() => '?').join(', ');
    const [found] = await database.rows(`SELECT key FROM ${TABLE} WHERE key IN (${marks}) LIMIT 1`, keys);
    if (found) return String(found['key']);
  }
  return undefined;
}

async function list(database: SqliteDatabase, prefix: string): Promise<string[]> {
  // SQLite compares texts by their UTF-8 bytes. No key holds the highest character.
  const sql = `SELECT key FROM ${TABLE} WHERE key >= ? AND key < ? ORDER BY key`;
  return (await database.rows(sql, [prefix, `${prefix}\u{10ffff}`])).map(({ key }) => String(key));
}

async function read(database: SqliteDatabase, keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
  const found = new Map<string, unknown>();
  for (const slice of slices([...new Set(keys)], KEYS_PER_STATEMENT_MAX)) {
    const marks = slice.map(() => '?').join(', ');
    const rows = await database.rows(`SELECT key, value FROM ${TABLE} WHERE key IN (${marks})`, slice);
    for (const { key, value } of rows) found.set(String(key), value);
  }
  return keys.map((key) => (found.has(key) ? toBytes(found.get(key)) : undefined));
}

/** A value as a library gives it: bytes, their buffer, or nothing where there are none. */
function toBytes(value: unknown): Uint8Array {
  if (value === null || value === undefined) return new Uint8Array();
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(bytesOf(value));
}

async function space(database: SqliteDatabase): Promise<{ usedBytes: number; quotaBytes: null }> {
  const number = async (pragma: string): Promise<number> =>
    Number((await database.rows(`PRAGMA ${pragma}`, []))[0]?.[pragma] ?? 0);
  const pages = (await number('page_count')) - (await number('freelist_count'));
  return { usedBytes: pages * (await number('page_size')), quotaBytes: null };
}

/** Does work again while another connection holds the database. It was rolled back each time, so nothing happens twice. */
async function unlessBusy<Value>(work: () => Promise<Value>): Promise<Value> {
  for (const waitMs of BUSY_WAITS_MS) {
    try {
      return await work();
    } catch (thrown) {
      if (!/database (table )?is locked|SQLITE_BUSY|SQLITE_LOCKED/i.test(messageOf(thrown))) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  return work();
}

function failed(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const message = messageOf(thrown);
  const full = /database or disk is full|SQLITE_FULL/i.test(message);
  return new EngineError(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', message);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function slices<Item>(items: readonly Item[], length: number): (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, place) =>
    items.slice(place * length, (place + 1) * length),
  );
}

function requireDatabase(database: unknown): void {
  refuseMmkv(database);
  const given = (database ?? {}) as Record<string, unknown>;
  if (['execute', 'run', 'rows', 'close'].every((call) => typeof given[call] === 'function')) return;
  throw new EngineError('OPTION_INVALID', 'sqliteStorage takes what expoSqlite or opSqlite give');
}
