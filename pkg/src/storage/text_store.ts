/** The two versions of `@react-native-async-storage/async-storage` as one: a store of texts by key. */
import { EngineError } from '../engine_error.js';
import { refuseMmkv } from './mmkv.js';

/** The part of AsyncStorage 2 that is used: its default export fits. */
export interface AsyncStorage2 {
  getAllKeys(): Promise<readonly string[]>;
  multiGet(keys: readonly string[]): Promise<readonly (readonly [key: string, value: string | null])[]>;
  setItem(key: string, value: string): Promise<void>;
  multiRemove(keys: readonly string[]): Promise<void>;
}

/** The part of AsyncStorage 3 that is used: what its `createAsyncStorage(name)` gives fits. */
export interface AsyncStorage3 {
  getAllKeys(): Promise<string[]>;
  getMany(keys: string[]): Promise<Record<string, string | null>>;
  setItem(key: string, value: string): Promise<void>;
  removeMany(keys: string[]): Promise<void>;
}

/** Texts by key, of which only the writing of one is all or nothing. */
export interface TextStore {
  /** Whether a key may be listed that has no text, because the app ended in the middle of removing it. */
  readonly mayListGhosts: boolean;
  keys(): Promise<readonly string[]>;
  get(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  set(key: string, text: string): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
}

/** Whichever version it is; `OPTION_INVALID` where it is neither. */
export function textStore(given: AsyncStorage2 | AsyncStorage3): TextStore {
  refuseMmkv(given);
  if (has<AsyncStorage3>(given, ['getAllKeys', 'getMany', 'setItem', 'removeMany'])) {
    return {
      mayListGhosts: false,
      keys: () => given.getAllKeys(),
      get: async (keys) => present(Object.entries(await given.getMany([...keys]))),
      set: (key, text) => given.setItem(key, text),
      remove: (keys) => given.removeMany([...keys]),
    };
  }
  if (has<AsyncStorage2>(given, ['getAllKeys', 'multiGet', 'setItem', 'multiRemove'])) {
    return {
      mayListGhosts: true,
      keys: () => given.getAllKeys(),
      get: async (keys) => present(await given.multiGet(keys)),
      set: (key, text) => given.setItem(key, text),
      remove: (keys) => given.multiRemove(keys),
    };
  }
  throw new EngineError('OPTION_INVALID', 'this is neither version 2 nor version 3 of AsyncStorage');
}

function has<Face>(given: unknown, calls: readonly (keyof Face & string)[]): given is Face {
  const face = (given ?? {}) as Record<string, unknown>;
  return calls.every((call) => typeof face[call] === 'function');
}

function present(entries: readonly (readonly [key: string, text: string | null])[]): ReadonlyMap<string, string> {
  return new Map(entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text] as const] : [])));
}
