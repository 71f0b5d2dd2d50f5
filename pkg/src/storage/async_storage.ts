/**
 * The store of React Native where SQLite cannot be had: `@react-native-async-storage/async-storage`, version 2 or 3. It knows
 * texts only, so that bytes are written as base64, and no batch that is all or nothing, so that keys are written one by
 * one: what is put first, then what is created, and deleted last.
 *
 * On iOS version 2 keeps texts of up to 1,024 characters together in one file and each longer one in a file of its own. A
 * key moves between them in two steps, and a crash in between can lose it. What may be written over is therefore always
 * made long enough to have its own file, where one step replaces it.
 */
import { fromBase64, toBase64 } from '../base64.js';
import { EngineError } from '../engine_error.js';
import type { StorageAdapter, WriteBatch } from './adapter.js';
import { inUtf8Order } from './key_order.js';
import { type AsyncStorage2, type AsyncStorage3, type TextStore, textStore } from './text_store.js';
import { createTurns, type TakeTurn } from './turns.js';

export type { AsyncStorage2, AsyncStorage3 } from './text_store.js';

/** Android cannot read a row of more than 2 MB back; as base64 this stays well below. */
const VALUE_BYTES_MAX = 1_048_576;
const INLINE_CHARACTERS_MAX = 1_024;
const KEYS_PER_CALL_MAX = 50;
/** Stands before each text: on React Native, version 2 gives an empty one back as none. */
const MARK = 'b:';

/**
 * Opens the store `name` in an AsyncStorage that the app may use for other things too: every key begins with
 * `auraconnect/` and the name. Rejects with `OPTION_INVALID` where it is given something else, else with `STORAGE_FAILED`.
 *
 * Two stores of one name notice each other only where they are given the same object: there is no lock in AsyncStorage.
 */
export async function asyncStorage(given: AsyncStorage2 | AsyncStorage3, name: string): Promise<StorageAdapter> {
  const store = new NamedStore(textStore(given), `auraconnect/${encodeURIComponent(name)}/`);
  const takeTurn = turnsOf(given);
  let closed = false;
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (closed) return Promise.reject(new EngineError('STORAGE_FAILED', 'the store is closed'));
    return takeTurn(work).catch((thrown: unknown) => {
      throw failed(thrown);
    });
  };
  await inTurn(() => store.forgetGhosts());
  return {
    atomicBatches: false,
    list: (prefix) => inTurn(() => store.list(prefix)),
    read: (keys) => inTurn(() => store.read(keys)),
    commit: (batch) => {
      let coded: CodedBatch;
      try {
        // Before the turn comes: the caller may use its buffers again at once.
        coded = code(batch);
      } catch (thrown) {
        return Promise.reject(failed(thrown));
      }
      return inTurn(() => store.write(coded));
    },
    close: () => {
      closed = true;
      return takeTurn(() => Promise.resolve());
    },
  };
}

/** Stores over one AsyncStorage take turns together, so that none writes between another's look and its write. */
const turns = new WeakMap<object, TakeTurn>();

function turnsOf(given: object): TakeTurn {
  const takeTurn = turns.get(given) ?? createTurns();
  turns.set(given, takeTurn);
  return takeTurn;
}

/** A batch as texts. */
interface CodedBatch {
  readonly create: readonly (readonly [key: string, text: string])[];
  readonly put: readonly (readonly [key: string, text: string])[];
  readonly delete: readonly string[];
}

function code({ create, put, delete: remove }: WriteBatch): CodedBatch {
  return {
    create: create.map(([key, value]) => [key, toText(value)]),
    put: put.map(([key, value]) => [key, toText(value).padEnd(INLINE_CHARACTERS_MAX + 1)]),
    delete: [...remove],
  };
}

function toText(value: unknown): string {
  if (!(value instanceof Uint8Array)) throw new EngineError('STORAGE_FAILED', 'a value is not bytes');
  if (value.length > VALUE_BYTES_MAX) {
    throw new EngineError('STORAGE_FAILED', `a value of ${value.length} bytes could be written, but never read again`);
  }
  return MARK + toBase64(value);
}

function toBytes(text: string): Uint8Array {
  const bytes = text.startsWith(MARK) ? fromBase64(text.slice(MARK.length).trimEnd()) : undefined;
  // Whatever it is, it is not thrown away: the engine sees that it is damaged, and keeps it.
  return bytes ?? Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Those keys of an AsyncStorage that begin with a prefix. */
class NamedStore {
  readonly #texts: TextStore;
  readonly #prefix: string;

  constructor(texts: TextStore, prefix: string) {
    this.#texts = texts;
    this.#prefix = prefix;
  }

  /** A key without a text was being removed when the app ended: the removal is finished. */
  async forgetGhosts(): Promise<void> {
    if (!this.#texts.mayListGhosts) return;
    const keys = await this.list('');
    const values = await this.read(keys);
    await this.#remove(keys.filter((_, place) => values[place] === undefined));
  }

  async list(prefix: string): Promise<string[]> {
    const whole = this.#prefix + prefix;
    const keys = (await this.#texts.keys()).filter((key) => key.startsWith(whole));
    return inUtf8Order(keys.map((key) => key.slice(this.#prefix.length)));
  }

  async read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const values: (Uint8Array | undefined)[] = [];
    // In slices: all texts of a call lie in memory at once, on both sides of the bridge.
    for (let start = 0; start < keys.length; start += KEYS_PER_CALL_MAX) {
      const asked = keys.slice(start, start + KEYS_PER_CALL_MAX).map((key) => this.#prefix + key);
      const texts = await this.#texts.get([...new Set(asked)]);
      for (const key of asked) {
        const text = texts.get(key);
        values.push(text === undefined ? undefined : toBytes(text));
      }
    }
    return values;
  }

  async write(batch: CodedBatch): Promise<void> {
    await this.#requireAbsent(batch.create);
    const created: string[] = [];
    try {
      for (const [key, text] of batch.put) await this.#texts.set(this.#prefix + key, text);
      for (const [key, text] of batch.create) {
        created.push(key);
        await this.#texts.set(this.#prefix + key, text);
      }
    } catch (thrown) {
      // What was refused should not be found later. Where even that fails, the reason of the first failure counts.
      await this.#remove(created).catch(() => undefined);
      throw thrown;
    }
    await this.#remove(batch.delete);
  }

  async #requireAbsent(create: CodedBatch['create']): Promise<void> {
    const values = await this.read(create.map(([key]) => key));
    const taken = create.find((_, place) => values[place] !== undefined);
    if (taken) throw new EngineError('KEY_EXISTS', `${taken[0]} exists already`);
  }

  async #remove(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.#texts.remove(keys.map((key) => this.#prefix + key));
  }
}

function failed(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // SQLite's words on Android, Foundation's code or the system's words on iOS, the browser's.
  const full = /disk is full|SQLITE_FULL|Code=640|no space left|ENOSPC|quota/i.test(message);
  return new EngineError(full ? 'STORAGE_FULL' : 'STORAGE_FAILED', message);
}
