/**
 * The two SQLite libraries of React Native as far as the store calls them, over the SQLite that Node has, on a real file:
 * the same shapes of calls, values and errors, and every call answers later, so that others come in between.
 */
import { setImmediate } from 'node:timers/promises';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { ExpoSqliteDatabase, OpSqliteDatabase, SqliteParameter } from '@auraconnect/offline-sync/storage/sqlite';

type Row = Record<string, unknown>;

/** As `openDatabaseAsync(path, { useNewConnection: true })` of expo-sqlite. */
export function openLikeExpo(path: string): ExpoSqliteDatabase & { readonly connection: DatabaseSync } {
  const connection = new DatabaseSync(path);
  const call = async <Value>(name: string, work: () => Value): Promise<Value> => {
    await setImmediate();
    try {
      return work();
    } catch (thrown) {
      const { errcode, message } = thrown as { errcode?: number; message: string };
      throw new Error(`Calling the '${name}' function has failed\n→ Caused by: Error code ${errcode}: ${message}`);
    }
  };
  return {
    connection,
    execAsync: (sql) => call('execAsync', () => connection.exec(sql)),
    runAsync: (sql, parameters) => call('runAsync', () => connection.prepare(sql).run(...parameters.map(bound))),
    getAllAsync: (sql, parameters) => call('getAllAsync', () => connection.prepare(sql).all(...parameters.map(bound))),
    closeAsync: () => call('closeAsync', () => connection.close()),
  };
}

/** As `open({ name })` of op-sqlite. */
export function openLikeOp(path: string): OpSqliteDatabase & { readonly connection: DatabaseSync } {
  const connection = new DatabaseSync(path);
  return {
    connection,
    execute: async (sql, parameters = []) => {
      await setImmediate();
      for (const value of parameters) {
        if (typeof value === 'object' && !(value instanceof ArrayBuffer)) throw new Error('cannot bind this object');
      }
      try {
        const rows = connection.prepare(sql).all(...parameters.map(bound)) as Row[];
        return { rowsAffected: 0, rows: rows.map(withBuffers) };
      } catch (thrown) {
        throw new Error(`[op-sqlite] sqlite query error: ${(thrown as Error).message}`);
      }
    },
    close: () => connection.close(),
  };
}

/** A value of no bytes becomes NULL, as where a library binds the address of an empty buffer, which is none. */
function bound(value: SqliteParameter | ArrayBuffer): SQLInputValue {
  if (typeof value === 'string' || typeof value === 'number') return value;
  const bytes = new Uint8Array(value);
  return bytes.length === 0 ? null : bytes;
}

function withBuffers(row: Row): Row {
  const parts = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Uint8Array.from(value).buffer : value,
  ]);
  return Object.fromEntries(parts) as Row;
}
