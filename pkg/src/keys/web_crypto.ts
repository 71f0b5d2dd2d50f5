/**
 * Keys in a browser. What lies on the disk is the keys' record, sealed with an AES-GCM key that the browser holds and never
 * gives out, not even to the page: whoever copies the page's data as values gets nothing. Each save makes a new one of
 * those, so that an older copy of the record opens with nothing that is still there.
 *
 * It does not keep out who can run code in the page, nor who holds the browser's whole profile.
 */
import { EngineError } from '../engine_error.js';
import { freshLog } from '../storage/fresh_log.js';
import type { KeyProvider, StoreKey } from './key_provider.js';
import { keysUnreadable, readKeyRecord, writeKeyRecord } from './key_record.js';

const STORE = 'keys';
const RECORD = 'current';
const ANCHOR = 'anchor';
const NONCE_BYTES = 12;

interface SealedRecord {
  readonly wrappingKey: CryptoKey;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

/** Whether the platform can keep keys this way: browsers do so on `https:` and `localhost` only. */
export function hasWebCrypto(): boolean {
  return typeof indexedDB !== 'undefined' && globalThis.crypto?.subtle !== undefined;
}

/** The keys of the store `name`, in an IndexedDB database of their own. Rejects with `HOST_INCOMPLETE` where it cannot be. */
export function webCryptoKeys(name: string): KeyProvider {
  return {
    load: () => load(name),
    save: (keys) => save(name, keys),
    erase: () => inDatabase(name, 'readwrite', (store) => store.clear()).then(() => undefined),
    anchor: {
      load: async () => (await inDatabase<number | undefined>(name, 'readonly', (store) => store.get(ANCHOR))) ?? 0,
      save: (number) => inDatabase(name, 'readwrite', (store) => store.put(number, ANCHOR)).then(() => undefined),
    },
  };
}

async function load(name: string): Promise<readonly StoreKey[]> {
  const record = await inDatabase<SealedRecord | undefined>(name, 'readonly', (store) => store.get(RECORD)).catch(
    (error: EngineError) => {
      throw error.code === 'HOST_INCOMPLETE' ? error : keysUnreadable(error.message);
    },
  );
  if (record === undefined) return [];
  const { wrappingKey, nonce, sealed } = record;
  const opened = await Promise.resolve()
    .then(() => crypto.subtle.decrypt(cipher(name, nonce), wrappingKey, sealed))
    .catch(() => {
      throw keysUnreadable('the entry is damaged');
    });
  return readKeyRecord(new Uint8Array(opened));
}

async function save(name: string, keys: readonly StoreKey[]): Promise<void> {
  requireWebCrypto();
  const record = writeKeyRecord(keys);
  const wrappingKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(cipher(name, nonce), wrappingKey, record);
  record.fill(0);
  const value: SealedRecord = { wrappingKey, nonce, sealed };
  await inDatabase(name, 'readwrite', (store) => store.put(value, RECORD));
}

/** Bound to the store's name: a record moved over from another store does not open. */
function cipher(name: string, nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(`auraconnect keys of ${name}`) };
}

function requireWebCrypto(): void {
  if (hasWebCrypto()) return;
  throw new EngineError('HOST_INCOMPLETE', 'there is no WebCrypto here; browsers have it on https: and localhost only');
}

/** Makes one request in a connection of its own: keys are asked for at an opening and a rotation, not in between. */
async function inDatabase<Value>(
  name: string,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest,
): Promise<Value> {
  requireWebCrypto();
  await freshLog();
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(`auraconnect keys of ${name}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failed(request.error));
  });
  database.onversionchange = () => database.close();
  try {
    return await new Promise<Value>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result as Value);
      transaction.onabort = () => reject(failed(transaction.error));
    });
  } finally {
    database.close();
  }
}

function failed(error: DOMException | null): EngineError {
  const code = error?.name === 'QuotaExceededError' ? 'STORAGE_FULL' : 'STORAGE_FAILED';
  return new EngineError(code, error?.message ?? 'the browser gave no reason');
}
