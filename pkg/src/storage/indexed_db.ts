/**
 * The store of a browser. A commit resolves on the transaction's `complete` with `durability: 'strict'`: then the
 * browser has flushed it to the disk, and it survives a crash of the app and of the browser. Survival of a power cut is
 * the disk's word.
 */
import { EngineError } from '../engine_error.js';
import type { StorageAdapter, WriteBatch } from '../types.js';

const STORE = 'values';

/** Opens the IndexedDB database `name`, one for each device of the app. */
export async function indexedDbStorage(name: string): Promise<StorageAdapter> {
  const database = await openDatabase(name);
  return {
    sharedByTabs: true,
    list: (prefix) =>
      // Keys are ASCII, so every key with the prefix sorts below the prefix followed by the highest character.
      answered<IDBValidKey[]>(reader(database).getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`))).then((keys) =>
        keys.map(String),
      ),
    read: (keys) => {
      const store = reader(database);
      return Promise.all(keys.map((key) => answered<Uint8Array | undefined>(store.get(key))));
    },
    commit: (batch) => commit(database, batch),
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onerror = () => reject(failed(request.error));
    request.onblocked = () => reject(new EngineError('STORE_IN_USE', `another page holds the store ${name}`));
    request.onsuccess = () => {
      const database = request.result;
      // A newer version of the app in another tab waits for this connection: let it have the store.
      database.onversionchange = () => database.close();
      resolve(database);
    };
  });
}

function reader(database: IDBDatabase): IDBObjectStore {
  return database.transaction(STORE, 'readonly').objectStore(STORE);
}

function commit(database: IDBDatabase, batch: WriteBatch): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
    // Not the requests' success: only `complete` says that the whole batch is on disk.
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(failed(transaction.error));
    const store = transaction.objectStore(STORE);
    try {
      for (const [key, value] of batch.put) store.put(value, key);
      for (const key of batch.delete) store.delete(key);
      transaction.commit();
    } catch (thrown) {
      // What was put before would be committed by itself.
      reject(failed(thrown as DOMException));
      transaction.abort();
    }
  });
}

function answered<Value>(request: IDBRequest): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as Value);
    request.onerror = () => reject(failed(request.error));
  });
}

function failed(error: DOMException | null): EngineError {
  const full = error?.name === 'QuotaExceededError';
  return new EngineError(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', error?.message ?? 'the store gave no reason');
}
