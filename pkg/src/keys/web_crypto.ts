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
const VAULT = 'vault';
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
    vault: {
      load: async () => {
        const record = await opened(name, VAULT);
        return record && new TextDecoder().decode(record);
      },
      save: (text) => seal(name, VAULT, new TextEncoder().encode(text)),
    },
    anchor: {
      load: async () => (await inDatabase<number | undefined>(name, 'readonly', (store) => store.get(ANCHOR))) ?? 0,
      save: (number) => inDatabase(name, 'readwrite', (store) => store.put(number, ANCHOR)).then(() => undefined),
    },
  };
}

async function load(name: string): Promise<readonly StoreKey[]> {
  const record = await opened(name, RECORD);
  return record ? readKeyRecord(record) : [];
}

async function save(name: string, keys: readonly StoreKey[]): Promise<void> {
  requireWebCrypto();
  await seal(name, RECORD, writeKeyRecord(keys));
}

/** What is kept under an entry's name, or nothing. */
async function opened(name: string, entry: string): Promise<Uint8Array | undefined> {
  const record = await inDatabase<SealedRecord | undefined>(name, 'readonly', (store) => store.get(entry)).catch(
    (error: EngineError) => {
      throw error.code === 'HOST_INCOMPLETE' ? error : keysUnreadable(error.message);
    },
  );
  if (record === undefined) return undefined;
  const { wrappingKey, nonce, sealed } = record;
  const bytes = await Promise.resolve()
    .then(() => crypto.subtle.decrypt(cipher(name, entry, nonce), wrappingKey, sealed))
    .catch(() => {
      throw keysUnreadable('the entry is damaged');
    });
  return new Uint8Array(bytes);
}

async function seal(name: string, entry: string, record: Uint8Array<ArrayBuffer>): Promise<void> {
  requireWebCrypto();
  const wrappingKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(cipher(name, entry, nonce), wrappingKey, record);
  record.fill(0);
  const value: SealedRecord = { wrappingKey, nonce, sealed };
  await inDatabase(name, 'readwrite', (store) => store.put(value, entry));
}

/** Bound to the store's name and the entry's: a record moved over from another place does not open. */
function cipher(name: string, entry: string, nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
  const place = entry === RECORD ? `auraconnect keys of ${name}` : `auraconnect ${entry} of ${name}`;
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(place) };
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
