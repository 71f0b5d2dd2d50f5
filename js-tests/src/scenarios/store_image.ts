/** A copy of a device's store, as a backup or a cloned disk holds it. */
import type { KeyProvider, StorageAdapter } from '@auraconnect/offline-sync';
import { memoryKeys, memoryStorage } from '@auraconnect/offline-sync';

/** Makes a store out of the copy. */
export type StoreImage = (how: {
  /** Whether the key store is put back with it; else it goes on, and remembers how far the store had come. */
  readonly withKeyStore: boolean;
}) => Promise<StorageAdapter>;

/** Copies a store as it stands. */
export async function imageOf(storage: StorageAdapter): Promise<StoreImage> {
  const keys = storage.keys ?? memoryKeys();
  const names = await storage.list('');
  const values = await storage.read(names);
  const [sealedWith, anchor] = [await keys.load(), (await keys.anchor?.load()) ?? 0];
  return async ({ withKeyStore }) => {
    const copy = memoryStorage();
    const create = names.map((name, place) => [name, values[place] ?? new Uint8Array()] as const);
    await copy.commit({ create, put: [], delete: [] });
    return { ...copy, keys: withKeyStore ? await keysAsTheyWere(sealedWith, anchor) : keys };
  };
}

async function keysAsTheyWere(saved: Awaited<ReturnType<KeyProvider['load']>>, anchor: number): Promise<KeyProvider> {
  const keys = memoryKeys();
  await keys.save(saved);
  await keys.anchor?.save(anchor);
  return keys;
}
