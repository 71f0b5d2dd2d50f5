/**
 * AsyncStorage 2 as it is on iOS: texts of up to 1,024 characters in `manifest.json`, which is written anew each time, each
 * longer text in a file of its own; and the steps in the order in which its native part takes them. A crash can come before
 * any step on the disk.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AsyncStorage2 } from '@auraconnect/offline-sync/storage/async-storage';

const INLINE_CHARACTERS_MAX = 1_024;

/** An app's run over a folder; after a crash another one may be started over the same folder. */
export class AsyncStorageOnIos implements AsyncStorage2 {
  /** How many steps on the disk are taken before the app crashes. */
  stepsLeft = Infinity;
  /** What the disk has room for, in characters. */
  roomCharacters = Infinity;
  readonly #dir: string;
  /** `null` where the text has a file of its own. */
  readonly #manifest: Map<string, string | null>;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#dir = dir;
    this.#manifest = new Map(Object.entries(JSON.parse(read(join(dir, 'manifest.json')) ?? '{}') as object));
  }

  async getAllKeys(): Promise<readonly string[]> {
    await setImmediate();
    return [...this.#manifest.keys()];
  }

  async multiGet(keys: readonly string[]): Promise<readonly (readonly [string, string | null])[]> {
    await setImmediate();
    // The part in JavaScript takes an empty text for none.
    return keys.map((key) => [key, this.#value(key) || null]);
  }

  async setItem(key: string, value: string): Promise<void> {
    await setImmediate();
    if (value.length <= INLINE_CHARACTERS_MAX) {
      if (this.#manifest.get(key) === null) this.#drop(this.#path(key));
      this.#manifest.set(key, value);
      this.#writeManifest();
      return;
    }
    this.#write(this.#path(key), value);
    if (this.#manifest.get(key) === null) return;
    this.#manifest.set(key, null);
    this.#writeManifest();
  }

  async multiRemove(keys: readonly string[]): Promise<void> {
    await setImmediate();
    for (const key of keys) {
      if (this.#manifest.get(key) === null) this.#drop(this.#path(key));
      this.#manifest.delete(key);
    }
    this.#writeManifest();
  }

  #value(key: string): string | undefined {
    const inline = this.#manifest.get(key);
    if (inline !== null) return inline;
    const value = read(this.#path(key));
    if (value === undefined) this.#manifest.delete(key);
    return value;
  }

  #writeManifest(): void {
    this.#write(join(this.#dir, 'manifest.json'), JSON.stringify(Object.fromEntries(this.#manifest)));
  }

  /** Foundation writes "atomically": a new file that takes the old one's place. */
  #write(path: string, text: string): void {
    this.#step(() => {
      const before = read(path)?.length ?? 0;
      if (text.length - before > this.roomCharacters) {
        throw new Error('Failed to write value.Error Domain=NSCocoaErrorDomain Code=640 "The volume is out of space."');
      }
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
      this.roomCharacters -= text.length - before;
    });
  }

  #drop(path: string): void {
    this.#step(() => {
      this.roomCharacters += read(path)?.length ?? 0;
      rmSync(path, { force: true });
    });
  }

  #step(take: () => void): void {
    if (this.stepsLeft <= 0) throw new Error('the app has crashed');
    this.stepsLeft -= 1;
    take();
  }

  #path(key: string): string {
    return join(this.#dir, createHash('md5').update(key).digest('hex'));
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
