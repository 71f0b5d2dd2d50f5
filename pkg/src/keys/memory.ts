import type { KeyProvider } from './key_provider.js';
import { readKeyRecord, writeKeyRecord } from './key_record.js';

/** Keeps keys in memory: for tests, and beside a store that is itself in memory. */
export function memoryKeys(): KeyProvider {
  let record = new Uint8Array();
  let anchor = 0;
  let vault: string | undefined;
  return {
    load: () => Promise.resolve(readKeyRecord(record)),
    save: async (keys) => {
      record = writeKeyRecord(keys);
    },
    erase: async () => {
      record = new Uint8Array();
      anchor = 0;
      vault = undefined;
    },
    vault: {
      load: () => Promise.resolve(vault),
      save: async (text) => {
        vault = text;
      },
    },
    anchor: {
      load: () => Promise.resolve(anchor),
      save: async (commitNumber) => {
        anchor = commitNumber;
      },
    },
  };
}
