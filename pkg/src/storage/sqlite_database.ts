/** What the SQLite store needs of a library, and the two libraries of React Native that it is adapted to. */
import { EngineError } from '../engine_error.js';
import { refuseMmkv } from './mmkv.js';

/** What a statement's `?` may stand for. */
export type SqliteParameter = string | number | Uint8Array<ArrayBuffer>;

/** One connection to one database, used by the store alone: what others ran on it would become part of its transactions. */
export interface SqliteDatabase {
  /** Runs one statement that takes no parameters and of which no rows are wanted. */
  execute(sql: string): Promise<unknown>;
  /** Runs one statement with its parameters. */
  run(sql: string, parameters: readonly SqliteParameter[]): Promise<unknown>;
  /** The rows of one statement, by the names of their columns. */
  rows(sql: string, parameters: readonly SqliteParameter[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Closes the connection. */
  close(): Promise<void>;
}

/** The part of an expo-sqlite database that is used. */
export interface ExpoSqliteDatabase {
  execAsync(sql: string): Promise<void>;
  runAsync(sql: string, parameters: SqliteParameter[]): Promise<unknown>;
  getAllAsync(sql: string, parameters: SqliteParameter[]): Promise<unknown[]>;
  closeAsync(): Promise<void>;
}

/**
 * Adapts what `openDatabaseAsync(name, { useNewConnection: true })` of expo-sqlite gives. Without `useNewConnection` the app
 * would share the connection, and its statements could end up inside of a transaction of the store.
 */
export function expoSqlite(database: ExpoSqliteDatabase): SqliteDatabase {
  requireCalls('expo-sqlite', database, ['execAsync', 'runAsync', 'getAllAsync', 'closeAsync']);
  return {
    execute: (sql) => database.execAsync(sql),
    run: (sql, parameters) => database.runAsync(sql, [...parameters]),
    rows: async (sql, parameters) => (await database.getAllAsync(sql, [...parameters])) as Record<string, unknown>[],
    close: () => database.closeAsync(),
  };
}

/** The part of an op-sqlite database that is used. */
export interface OpSqliteDatabase {
  execute(sql: string, parameters?: (string | number | ArrayBuffer)[]): Promise<{ readonly rows?: unknown }>;
  close(): void;
}

/**
 * Adapts what `open({ name })` of `@op-engineering/op-sqlite` gives. Its own `executeBatch` is not used: it begins without
 * asking for the right to write, and commits on the thread that draws the screen.
 */
export function opSqlite(database: OpSqliteDatabase): SqliteDatabase {
  requireCalls('op-sqlite', database, ['execute', 'close']);
  const execute: SqliteDatabase['rows'] = async (sql, parameters) => {
    const given = parameters.map((value) => (value instanceof Uint8Array ? value.buffer : value));
    const { rows } = await (given.length === 0 ? database.execute(sql) : database.execute(sql, given));
    return (rows ?? []) as Record<string, unknown>[];
  };
  return {
    execute: (sql) => execute(sql, []),
    run: execute,
    rows: execute,
    close: async () => database.close(),
  };
}

function requireCalls(library: string, database: unknown, calls: readonly string[]): void {
  refuseMmkv(database);
  const given = (database ?? {}) as Record<string, unknown>;
  const missing = calls.find((call) => typeof given[call] !== 'function');
  if (missing) throw new EngineError('OPTION_INVALID', `this is no database of ${library}: it has no ${missing}`);
}
