import type { StorageAdapter, WriteBatch } from '../types.js';

/** Keeps everything in memory: for tests, and for screens that may forget. Nothing survives the page. */
export function memoryStorage(): StorageAdapter {
  const values = new Map<string, Uint8Array>();
  return {
    list: (prefix) => Promise.resolve([...values.keys()].filter((key) => key.startsWith(prefix)).sort()),
    // Copies both ways: a caller that reuses its buffer must not change what is stored.
    read: (keys) => Promise.resolve(keys.map((key) => values.get(key)?.slice())),
    commit: async (batch: WriteBatch) => {
      const copies = batch.put.map(([key, value]) => [key, value.slice()] as const);
      for (const [key, value] of copies) values.set(key, value);
      for (const key of batch.delete) values.delete(key);
    },
    close: () => Promise.resolve(),
  };
}
