/** A key that seals a store. */
export interface StoreKey {
  /** 1 to 2,147,483,647; grows with each rotation. */
  readonly id: number;
  /** 32 random bytes. */
  readonly bytes: Uint8Array;
}

/** Where the keys of one store are kept, outside of the store. */
export interface KeyProvider {
  /**
   * The keys of the store, newest first; empty where there are none. Rejects with `KEYS_UNREADABLE` where there is something
   * that cannot be read: a locked keychain, a damaged entry. Then nothing was changed, and a later attempt may succeed.
   */
  load(): Promise<readonly StoreKey[]>;
  /**
   * Replaces all of them at once, durably: whoever is interrupted leaves the old ones or the new ones. Rejects with
   * `OPTION_INVALID` where they are more than 16, or not keys, and with `STORAGE_FULL` or `STORAGE_FAILED` where the place
   * does not take them.
   */
  save(keys: readonly StoreKey[]): Promise<void>;
  /** Forgets them: what they sealed can never be read again. */
  erase(): Promise<void>;
  /**
   * A short text beside the keys, kept as they are: the device's own secret and the count of wrong PINs, in one entry, so that
   * whoever deletes the count deletes what PINs are checked with. `undefined` where there is none. `save` is durable when it
   * resolves. Absent where there is no place for it; then the count lasts until the app is closed.
   */
  readonly vault?: { load(): Promise<string | undefined>; save(text: string): Promise<void> };
  /**
   * A number beside the keys, 0 where none was kept: how far the store had come. One that is found behind it was rolled back
   * to an older copy. Absent where there is no place for it; then only the server notices.
   */
  readonly anchor?: { load(): Promise<number>; save(commitNumber: number): Promise<void> };
}
