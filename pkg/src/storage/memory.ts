import type { StorageAdapter, WriteBatch } from '../types.js';

/** Keeps everything in memory: for tests, and for screens that may forget. Nothing survives the page. */
export function memoryStorage(): StorageAdapter {
  const values = new Map<string, Uint8Array>();
  return {
    list: (prefix) => Promise.resolve([...values.keys()].filter((key) => key.startsWith(prefix)).sort()),
    read: (keys) => Promise.resolve(keys.map((key) => values.get(key))),
    commit: (batch: WriteBatch) => {
      // Copies: a caller that reuses its buffer must not change what is stored.
      for (const [key, value] of batch.put) values.set(key, value.slice());
      for (const key of batch.delete) values.delete(key);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
