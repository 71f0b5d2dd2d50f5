/** A store in memory that tells how often it was written. */
import { memoryStorage } from '@auraconnect/offline-sync';
import type { StorageAdapter } from '@auraconnect/offline-sync';

/** A store and its counter. */
export interface CountingStorage extends StorageAdapter {
  /** Commits asked for so far. */
  readonly commits: () => number;
}

/** A new, empty store. */
export function countingStorage(): CountingStorage {
  const storage = memoryStorage();
  let commits = 0;
  return {
    ...storage,
    commit: (batch) => {
      commits += 1;
      return storage.commit(batch);
    },
    commits: () => commits,
  };
}
