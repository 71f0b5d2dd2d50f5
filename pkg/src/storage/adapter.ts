import type { KeyProvider } from '../keys/key_provider.js';

/**
 * Where the engine keeps its bytes. Tiny on purpose: anything that can write one key atomically will do.
 *
 * Keys are texts of 1 to 200 bytes of UTF-8. Values are 0 to 1,048,576 bytes; the engine itself never writes one above
 * 524,288. What fails rejects with an `EngineError` of a stable code: `STORAGE_FULL`, `KEY_EXISTS`, `STORE_IN_USE`, else
 * `STORAGE_FAILED`.
 */
export interface StorageAdapter {
  /**
   * Whether a batch of several keys is all or nothing. Where `false`, each key is by itself: what is put is there first, in its
   * order, then what is created, and only then is anything deleted. The engine is safe on both: what it writes is whole after
   * any number of these steps.
   */
  readonly atomicBatches: boolean;
  /**
   * `true` where every tab of an app that opens this store sees the same values. Then tabs share one engine's work; absent or
   * `false`, a second tab on the same device's store is refused with `STORE_IN_USE`.
   */
  readonly sharedByTabs?: boolean;
  /** All keys that start with `prefix`, in ascending order of their UTF-8 bytes. */
  list(prefix: string): Promise<string[]>;
  /** The values of `keys`, `undefined` where there is none, in the order asked. */
  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * Writes a batch; it is durable when the promise resolves. Batches are written in the order given. The bytes are taken
   * before this returns: a caller may use its buffers again at once.
   */
  commit(batch: WriteBatch): Promise<void>;
  /** What the store uses and may use; `undefined` where the platform does not tell. */
  space?(): Promise<StorageSpace | undefined>;
  /** Asks the platform never to evict the store. Resolves with its answer; `undefined` where there is nothing to ask. */
  persist?(): Promise<boolean | undefined>;
  /** Where the keys that seal the store are kept by default: present where the platform has a safe place for them. */
  readonly keys?: KeyProvider;
  /** Lets go of the store. */
  close(): Promise<void>;
}

/** One write. A key stands in it at most once. */
export interface WriteBatch {
  /**
   * Keys that must not exist yet. Where one does, the whole batch is refused with `KEY_EXISTS` and nothing is written: a
   * second writer of one store cannot overwrite what the first has saved.
   */
  readonly create: readonly (readonly [key: string, value: Uint8Array])[];
  /** Keys that are written whether they exist or not. */
  readonly put: readonly (readonly [key: string, value: Uint8Array])[];
  /** Keys that are taken away; one that does not exist is no fault. */
  readonly delete: readonly string[];
}

/** How much room a store takes. */
export interface StorageSpace {
  /** Bytes in use. */
  readonly usedBytes: number;
  /** Bytes that may be in use altogether; `null` where only the free space of the device limits them. */
  readonly quotaBytes: number | null;
}
