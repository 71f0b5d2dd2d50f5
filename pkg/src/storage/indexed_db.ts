/**
 * The store of a browser. A commit resolves on the transaction's `complete` with `durability: 'strict'`: then the
 * browser has flushed it to the disk, and it survives a crash of the app and of the browser. Survival of a power cut is
 * the disk's word.
 */
import { EngineError } from '../engine_error.js';
import { hasWebCrypto, webCryptoKeys } from '../keys/web_crypto.js';
import type { StorageAdapter, StorageSpace, WriteBatch } from './adapter.js';
import { freshLog } from './fresh_log.js';
import { inUtf8Order } from './key_order.js';

const STORE = 'values';

/** Opens the IndexedDB database `name`, one for each device of the app. */
export async function indexedDbStorage(name: string): Promise<StorageAdapter> {
  await freshLog();
  const connection = await Connection.open(name);
  return {
    atomicBatches: true,
    sharedByTabs: true,
    list: (prefix) => connection.run((database, resolve, reject) => list(database, prefix, resolve, reject)),
    read: (keys) => connection.run((database, resolve, reject) => read(database, keys, resolve, reject)),
    commit: (batch) => connection.run((database, resolve, reject) => commit(database, batch, resolve, reject)),
    space,
    persist,
    ...(hasWebCrypto() ? { keys: webCryptoKeys(name) } : {}),
    close: () => connection.close(),
  };
}

type Resolve<Value> = (value: Value) => void;
type Reject = (error: EngineError) => void;
type Work<Value> = (database: IDBDatabase, resolve: Resolve<Value>, reject: Reject) => void;

/**
 * A connection that the browser may take away: Safari does when it puts the page to sleep, others when the disk fails or a
 * person clears the site's data. What was under way fails then, and the next call connects again, but never to a store that
 * is empty now: writing on as if nothing had happened would hide the loss.
 */
class Connection {
  #database: IDBDatabase | undefined;
  #connecting: Promise<IDBDatabase> | undefined;
  #closed = false;
  readonly #name: string;

  private constructor(name: string, database: IDBDatabase) {
    this.#name = name;
    this.#hold(database);
  }

  static async open(name: string): Promise<Connection> {
    return new Connection(name, await openDatabase(name, true));
  }

  /** One promise and no detour: a commit is what a person at the till waits for. */
  run<Value>(work: Work<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#database) return this.#start(this.#database, work, resolve, reject);
      if (this.#closed) return reject(new EngineError('STORAGE_FAILED', 'the store is closed'));
      this.#connect().then((database) => this.#start(database, work, resolve, reject), reject);
    });
  }

  #connect(): Promise<IDBDatabase> {
    this.#connecting ??= openDatabase(this.#name, false)
      .then((database) => {
        if (this.#closed) database.close();
        else this.#hold(database);
        return database;
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  #start<Value>(database: IDBDatabase, work: Work<Value>, resolve: Resolve<Value>, reject: Reject): void {
    try {
      work(database, resolve, reject);
    } catch (thrown) {
      const error = thrown as DOMException;
      // Safari may say only here that the connection is gone.
      if (error.name === 'InvalidStateError') this.#lose(database);
      reject(failed(error));
    }
  }

  #hold(database: IDBDatabase): void {
    this.#database = database;
    database.onclose = () => this.#lose(database);
    // Another tab wants to upgrade or delete the database and waits for this connection: let it have the store.
    database.onversionchange = () => {
      database.close();
      this.#lose(database);
    };
  }

  #lose(database: IDBDatabase): void {
    if (this.#database === database) this.#database = undefined;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#database?.close();
    this.#database = undefined;
    return Promise.resolve();
  }
}

function openDatabase(name: string, mayCreate: boolean): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    let gone = false;
    request.onupgradeneeded = () => {
      if (mayCreate) {
        request.result.createObjectStore(STORE);
      } else {
        gone = true;
        request.transaction?.abort();
      }
    };
    request.onerror = () =>
      reject(gone ? new EngineError('STORAGE_FAILED', 'the browser has deleted the store') : failed(request.error));
    request.onblocked = () => reject(new EngineError('STORE_IN_USE', `another page holds the store ${name}`));
    request.onsuccess = () => resolve(request.result);
  });
}

function list(database: IDBDatabase, prefix: string, resolve: Resolve<string[]>, reject: Reject): void {
  const transaction = database.transaction(STORE, 'readonly');
  transaction.onabort = () => reject(failed(transaction.error));
  // Every key with the prefix sorts below the prefix followed by the highest character, which no key holds.
  const request = transaction.objectStore(STORE).getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  request.onsuccess = () => resolve(inUtf8Order(request.result as string[]));
}

function read(
  database: IDBDatabase,
  keys: readonly string[],
  resolve: Resolve<(Uint8Array | undefined)[]>,
  reject: Reject,
): void {
  if (keys.length === 0) return resolve([]);
  const transaction = database.transaction(STORE, 'readonly');
  transaction.onabort = () => reject(failed(transaction.error));
  const store = transaction.objectStore(STORE);
  const requests = keys.map((key) => store.get(key) as IDBRequest<Uint8Array | undefined>);
  // Requests are answered in the order they were made: after the last one all are.
  const last = requests[requests.length - 1];
  if (last) last.onsuccess = () => resolve(requests.map(({ result }) => result));
}

function commit(database: IDBDatabase, batch: WriteBatch, resolve: Resolve<void>, reject: Reject): void {
  const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
  // Not the requests' success: only `complete` says that the whole batch is on disk.
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(failed(transaction.error));
  const store = transaction.objectStore(STORE);
  try {
    for (const [key, value] of batch.create) store.add(whole(value), key);
    for (const [key, value] of batch.put) store.put(whole(value), key);
    for (const key of batch.delete) store.delete(key);
    transaction.commit();
  } catch (thrown) {
    // What was put before would be committed by itself.
    reject(failed(thrown as DOMException));
    transaction.abort();
  }
}

/** A part of a larger buffer would be stored with all of that buffer. */
function whole(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer?.byteLength ? value : value.slice();
}

async function space(): Promise<StorageSpace | undefined> {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
  return usage === undefined ? undefined : { usedBytes: usage, quotaBytes: quota ?? null };
}

function persist(): Promise<boolean | undefined> {
  return navigator.storage?.persist?.() ?? Promise.resolve(undefined);
}

const codes: Readonly<Record<string, string>> = { QuotaExceededError: 'STORAGE_FULL', ConstraintError: 'KEY_EXISTS' };

function failed(error: DOMException | null): EngineError {
  const code = codes[error?.name ?? ''] ?? 'STORAGE_FAILED';
  return new EngineError(code, error?.message ?? 'the browser gave no reason');
}
