/** AsyncStorage as it is on Android, and version 3 wherever it has databases of its own: texts in a table of SQLite. */
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { AsyncStorage2, AsyncStorage3 } from '@auraconnect/offline-sync/storage/async-storage';

const PAGE_BYTES = 4_096;
/** A row that is larger does not fit into the window through which Android reads. */
const ROW_CHARACTERS_MAX = 2_000_000;

class Texts {
  readonly #database: DatabaseSync;

  constructor(path: string, bytesMax: number) {
    this.#database = new DatabaseSync(path);
    // Nothing here is about power cuts, and the disk is slow.
    this.#database.exec('PRAGMA synchronous = OFF');
    this.#database.exec('CREATE TABLE IF NOT EXISTS texts (key TEXT PRIMARY KEY, value TEXT NOT NULL)');
    this.#database.exec(`PRAGMA max_page_count = ${Math.trunc(bytesMax / PAGE_BYTES)}`);
  }

  async getAllKeys(): Promise<string[]> {
    await setImmediate();
    return this.#database
      .prepare('SELECT key FROM texts')
      .all()
      .map(({ key }) => String(key));
  }

  async setItem(key: string, value: string): Promise<void> {
    await setImmediate();
    try {
      this.#database.prepare('INSERT OR REPLACE INTO texts (key, value) VALUES (?, ?)').run(key, value);
    } catch (thrown) {
      throw new Error(`${(thrown as Error).message} (code 13 SQLITE_FULL)`);
    }
  }

  protected async texts(keys: readonly string[]): Promise<(readonly [string, string | null])[]> {
    await setImmediate();
    return keys.map((key) => {
      const value = this.#database.prepare('SELECT value FROM texts WHERE key = ?').get(key)?.['value'];
      if (String(value).length > ROW_CHARACTERS_MAX) throw new Error('Row too big to fit into CursorWindow');
      return [key, value === undefined ? null : String(value)];
    });
  }

  protected async remove(keys: readonly string[]): Promise<void> {
    await setImmediate();
    for (const key of keys) this.#database.prepare('DELETE FROM texts WHERE key = ?').run(key);
  }
}

/** Version 2 on Android, with the 6 MB it has unless the app says otherwise. */
export class AsyncStorageOnAndroid extends Texts implements AsyncStorage2 {
  constructor(path: string, bytesMax = 6 * 1024 * 1024) {
    super(path, bytesMax);
  }

  async multiGet(keys: readonly string[]): Promise<readonly (readonly [string, string | null])[]> {
    // The part in JavaScript takes an empty text for none.
    return (await this.texts(keys)).map(([key, value]) => [key, value || null]);
  }

  multiRemove(keys: readonly string[]): Promise<void> {
    return this.remove(keys);
  }
}

/** Version 3. */
export class AsyncStorageOfVersion3 extends Texts implements AsyncStorage3 {
  constructor(path: string, bytesMax = Number.MAX_SAFE_INTEGER) {
    super(path, Math.min(bytesMax, 2 ** 40));
  }

  async getMany(keys: string[]): Promise<Record<string, string | null>> {
    return Object.fromEntries(await this.texts(keys));
  }

  removeMany(keys: string[]): Promise<void> {
    return this.remove(keys);
  }
}
