/**
 * What expo-secure-store does, as far as it is documented, over a file: the Keychain replaces one item at once, and so does
 * Android, which writes all of its items into a new file and renames it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SecureStoreItemOptions, SecureStoreModule } from '@auraconnect/offline-sync';

/** Some releases of iOS refused values above this. */
const VALUE_BYTES_MAX = 2048;

/** A keychain in a file; `locked` refuses reading as iOS does before the device is unlocked. */
export class Keychain implements SecureStoreModule {
  readonly WHEN_UNLOCKED_THIS_DEVICE_ONLY = 6;
  locked = false;
  /** How each item was asked to be kept. */
  readonly accessible = new Map<string, number | undefined>();
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async getItemAsync(key: string): Promise<string | null> {
    requireValidKey(key);
    if (this.locked)
      throw new Error('Calling the getValueWithKeyAsync function has failed: User interaction is not allowed.');
    return this.items()[key] ?? null;
  }

  async setItemAsync(key: string, value: string, options: SecureStoreItemOptions = {}): Promise<void> {
    requireValidKey(key);
    if (this.locked)
      throw new Error('Calling the setValueWithKeyAsync function has failed: User interaction is not allowed.');
    if (value.length > VALUE_BYTES_MAX) throw new Error('the value is too large');
    this.accessible.set(key, options.keychainAccessible);
    this.#write({ ...this.items(), [key]: value });
  }

  async deleteItemAsync(key: string): Promise<void> {
    requireValidKey(key);
    const { [key]: _, ...others } = this.items();
    this.#write(others);
  }

  /** Everything that lies there. */
  items(): Readonly<Record<string, string>> {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as Record<string, string>;
    } catch {
      return {};
    }
  }

  #write(items: Readonly<Record<string, string>>): void {
    writeFileSync(`${this.#path}.new`, JSON.stringify(items));
    renameSync(`${this.#path}.new`, this.#path);
  }
}

function requireValidKey(key: string): void {
  if (!/^[\w.-]+$/.test(key)) throw new Error('Invalid key provided to SecureStore.');
}
