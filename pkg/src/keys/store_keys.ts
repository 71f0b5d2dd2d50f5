/** The keys of one open store, and what is remembered of it outside of it. */
import { EngineError } from '../engine_error.js';
import { platformLocks } from '../store_lock.js';
import type { KeyProvider, StoreKey } from './key_provider.js';

const KEY_BYTES = 32;
/** Held while what is kept beside the keys is changed. */
const VAULT_LOCK = 'auraconnect/vault';

/** A key as it crosses into the core. */
export interface KeyText {
  readonly id: number;
  /** 64 digits. */
  readonly hex: string;
}

/** Keeps the keys of one store for the core. */
export class StoreKeys {
  readonly #provider: KeyProvider;
  readonly #randomBytes: (count: number) => Uint8Array;
  #keys: readonly StoreKey[] = [];
  /** Changes of the keys, one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #remembered = 0;
  /** Where the provider keeps none. */
  #vault: string | undefined;

  constructor(provider: KeyProvider, randomBytes: (count: number) => Uint8Array) {
    this.#provider = provider;
    this.#randomBytes = randomBytes;
  }

  /** Reads the keys; where there are none and `make` says so, makes the first one. */
  async load(make: boolean): Promise<{ keys: KeyText[]; anchor: number; pepper: string | undefined }> {
    const [keys, anchor, vault] = await Promise.all([
      this.#provider.load(),
      this.#provider.anchor?.load() ?? 0,
      this.#loadVault(),
    ]);
    this.#keys = keys;
    if (keys.length === 0 && make) await this.#add();
    if (vault === undefined && make) await this.changeVault((fresh) => fresh);
    const text = vault ?? (await this.#loadVault());
    const { pepper } = JSON.parse(text ?? '{}') as { pepper?: string };
    return { keys: this.#keys.map(keyText), anchor, pepper };
  }

  /**
   * Changes what is kept beside the keys, one change after the other; durable when it resolves. Where nothing is kept yet it begins
   * with a new secret.
   */
  changeVault(change: (vault: string) => string): Promise<void> {
    const changed = this.#writing.then(async () => {
      // Two tabs in which PINs are tried at once must not count them as one.
      const lock = await platformLocks()?.wait(VAULT_LOCK, new AbortController().signal);
      try {
        await this.#writeVault(change);
      } finally {
        lock?.release();
      }
    });
    this.#writing = changed.catch(() => undefined);
    return changed;
  }

  async #writeVault(change: (vault: string) => string): Promise<void> {
    const before = await this.#loadVault();
    const after = change(before ?? JSON.stringify({ pepper: hexOf(this.#randomBytes(KEY_BYTES)) }));
    this.#vault = after;
    if (after !== before) await this.#provider.vault?.save(after);
  }

  async #loadVault(): Promise<string | undefined> {
    return this.#provider.vault ? this.#provider.vault.load() : this.#vault;
  }

  /** Makes a new key that will seal from now on; durable when it resolves. */
  rotate(): Promise<KeyText> {
    const added = this.#writing.then(() => this.#add());
    this.#writing = added.then(
      () => undefined,
      () => undefined,
    );
    return added;
  }

  /** Nothing is sealed with the other keys any more. One that stays because this fails is taken away after the next opening. */
  keep(ids: readonly number[]): void {
    this.#writing = this.#writing
      .then(() => this.#save(this.#keys.filter(({ id }) => ids.includes(id))))
      .catch(() => undefined);
  }

  /** The store has reached this commit: one that is found to be behind it later was rolled back. */
  remember(commitNumber: number): void {
    const { anchor } = this.#provider;
    if (!anchor || commitNumber === this.#remembered) return;
    this.#remembered = commitNumber;
    // Of many in a short time only the last is worth keeping; a missed one only makes the check less sharp.
    this.#writing = this.#writing
      .then(() => (commitNumber === this.#remembered ? anchor.save(commitNumber) : undefined))
      .catch(() => undefined);
  }

  async #add(): Promise<KeyText> {
    const newest = this.#keys[0]?.id ?? 0;
    const key = { id: newest + 1, bytes: this.#randomBytes(KEY_BYTES) };
    await this.#save([key, ...this.#keys]);
    return keyText(key);
  }

  async #save(keys: readonly StoreKey[]): Promise<void> {
    await this.#provider.save(keys);
    this.#keys = keys;
  }
}

/** Where the keys of a store are kept: what the app says, else what the storage brings along. */
export function keyProviderOf(given: KeyProvider | undefined, storages: KeyProvider | undefined): KeyProvider {
  const provider = given ?? storages;
  if (provider) return provider;
  throw new EngineError(
    'OPTION_INVALID',
    'keys: this storage has no safe place for the key that seals it: pass secureStoreKeys(...) or another KeyProvider',
  );
}

function keyText({ id, bytes }: StoreKey): KeyText {
  return { id, hex: hexOf(bytes) };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
