import { EngineError } from '../engine_error.js';
import { memoryKeys } from '../keys/memory.js';
import type { StorageAdapter, WriteBatch } from './adapter.js';
import { inUtf8Order } from './key_order.js';

/**
 * Keeps everything in memory: for tests, and for screens that may forget. Nothing survives the page. Closing it forgets
 * nothing: whoever still holds the store may open an engine over it again.
 */
export function memoryStorage(): StorageAdapter {
  const values = new Map<string, Uint8Array>();
  return {
    atomicBatches: true,
    keys: memoryKeys(),
    list: (prefix) => Promise.resolve(inUtf8Order([...values.keys()].filter((key) => key.startsWith(prefix)))),
    // Copies both ways: a caller that reuses its buffer must not change what is stored.
    read: (keys) => Promise.resolve(keys.map((key) => values.get(key)?.slice())),
    commit: async (batch: WriteBatch) => {
      const taken = batch.create.find(([key]) => values.has(key));
      if (taken) throw new EngineError('KEY_EXISTS', `${taken[0]} exists already`);
      const copies = [...batch.create, ...batch.put].map(([key, value]) => [key, value.slice()] as const);
      for (const [key, value] of copies) values.set(key, value);
      for (const key of batch.delete) values.delete(key);
    },
    close: () => Promise.resolve(),
  };
}
