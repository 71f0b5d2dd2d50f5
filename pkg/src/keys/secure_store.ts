/**
 * Keys on React Native: one small item in the Keychain or, on Android, sealed by a key of the Keystore. It stays on this
 * device: not in backups, not moved to a new phone.
 *
 * On Android an item that came back from a backup, or whose Keystore key is gone, cannot be decrypted; expo-secure-store
 * removes it and says that there is nothing. So `load` gives no keys there, for good. It rejects with `KEYS_UNREADABLE`
 * where a later attempt may succeed (the device is locked), and where the item holds something else than keys.
 */
import { fromBase64, toBase64 } from '../base64.js';
import { EngineError } from '../engine_error.js';
import type { KeyProvider } from './key_provider.js';
import { keysUnreadable, readKeyRecord, writeKeyRecord } from './key_record.js';

/** The part of `expo-secure-store` that is used: `import * as SecureStore from 'expo-secure-store'` fits. */
export interface SecureStoreModule {
  readonly WHEN_UNLOCKED_THIS_DEVICE_ONLY: number;
  getItemAsync(key: string, options?: SecureStoreItemOptions): Promise<string | null>;
  setItemAsync(key: string, value: string, options?: SecureStoreItemOptions): Promise<void>;
  deleteItemAsync(key: string, options?: SecureStoreItemOptions): Promise<void>;
}

/** How an item is kept. */
export interface SecureStoreItemOptions {
  readonly keychainAccessible?: number;
}

/** The keys of the store `name`, which consists of letters, digits, `.`, `-` and `_`; else `OPTION_INVALID`. */
export function secureStoreKeys(secureStore: SecureStoreModule, name: string): KeyProvider {
  if (!/^[\w.-]+$/.test(name)) {
    throw new EngineError('OPTION_INVALID', 'a name in SecureStore consists of letters, digits, ".", "-" and "_"');
  }
  const item = `auraconnect.keys.${name}`;
  const options = { keychainAccessible: secureStore.WHEN_UNLOCKED_THIS_DEVICE_ONLY };
  return {
    load: async () => {
      const text = await secureStore.getItemAsync(item, options).catch((thrown: unknown) => {
        throw keysUnreadable(reasonOf(thrown));
      });
      if (text === null) return [];
      const record = fromBase64(text);
      if (record === undefined) throw keysUnreadable('the entry is damaged');
      return readKeyRecord(record);
    },
    save: async (keys) => {
      const text = toBase64(writeKeyRecord(keys));
      await secureStore.setItemAsync(item, text, options).catch(refused);
    },
    erase: async () => {
      await secureStore.deleteItemAsync(item, options).catch(refused);
      await secureStore.deleteItemAsync(`${item}.anchor`, options).catch(refused);
      await secureStore.deleteItemAsync(`${item}.vault`, options).catch(refused);
    },
    vault: {
      load: async () => {
        const text = await secureStore.getItemAsync(`${item}.vault`, options).catch((thrown: unknown) => {
          throw keysUnreadable(reasonOf(thrown));
        });
        return text ?? undefined;
      },
      save: (text) => secureStore.setItemAsync(`${item}.vault`, text, options).catch(refused),
    },
    anchor: {
      // One that cannot be read says nothing: the server still notices a store that was rolled back.
      load: async () => Number((await secureStore.getItemAsync(`${item}.anchor`, options).catch(() => null)) ?? 0) || 0,
      save: (commitNumber) => secureStore.setItemAsync(`${item}.anchor`, String(commitNumber), options).catch(refused),
    },
  };
}

function refused(thrown: unknown): never {
  throw new EngineError('STORAGE_FAILED', `the keychain refused: ${reasonOf(thrown)}`);
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
