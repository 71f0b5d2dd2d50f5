/**
 * Keeps a browser that is killed twice from losing everything. Chromium keeps the IndexedDB of an origin in LevelDB and goes on
 * with the log of the run before. Where that run was killed in the middle of a record, the rest of the record is missing, the
 * next records stand where it should be, and the opening after that finds damage (google/leveldb#1287); Chromium then deletes
 * all databases of the origin. LevelDB begins a new log when the old one has grown to a certain length, and deletes the old
 * one: so before a store is opened in a browser that was just started, the log is filled with noise that is deleted again.
 */

const DATABASE = 'auraconnect log';
const STORE = 'noise';
/** A longer value would be a file beside the log. */
const NOISE_BYTES = 60_000;
/** With {@link TRANSACTIONS}, 4.4 MB: a log is exchanged at 4 MiB, and only by the write after that. */
const PUTS = 37;
const TRANSACTIONS = 2;
/** What must be free, in bytes: the noise lies on the disk three times before the old log is deleted. */
const ROOM_BYTES = 20_000_000;
/** Held for as long as a page is there: its browser has written in a fresh log since it was started. */
const FRESH = 'auraconnect log is fresh';

let fresh: Promise<void> | undefined;

/** Resolves when a store may be opened; never rejects, for where there is no room for noise the store must still be used. */
export function freshLog(): Promise<void> {
  fresh ??= isChromium() ? makeFresh().catch(() => undefined) : Promise.resolve();
  return fresh;
}

function isChromium(): boolean {
  return / (Headless)?Chrom(e|ium)\//.test(globalThis.navigator?.userAgent ?? '');
}

function makeFresh(): Promise<void> {
  const locks = globalThis.navigator.locks as LockManager | undefined;
  if (locks === undefined) return fillLog();
  return locks.request('auraconnect log', async () => {
    const { held } = await locks.query();
    if (held?.some(({ name }) => name === FRESH) !== true) await fillLog();
    await new Promise<void>((resolve) => {
      void locks.request(FRESH, { mode: 'shared' }, () => {
        resolve();
        return new Promise<void>(() => undefined);
      });
    });
  });
}

async function fillLog(): Promise<void> {
  // On a full disk noise would take the room that a save needs, if only for a moment.
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  if (quota - usage < ROOM_BYTES) return;
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as DOMException);
  });
  try {
    // Random, because Chromium compresses what it writes.
    const noise = crypto.getRandomValues(new Uint8Array(NOISE_BYTES));
    for (let written = 0; written < TRANSACTIONS; written += 1) await write(database, noise);
  } finally {
    database.close();
  }
}

function write(database: IDBDatabase, noise: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'relaxed' });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error as DOMException);
    const store = transaction.objectStore(STORE);
    for (let put = 0; put < PUTS; put += 1) store.put(noise, STORE);
    store.delete(STORE);
  });
}
