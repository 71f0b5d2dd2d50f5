/** What the laws of stores and of key providers are written with; it runs in Node and inside a page. */
import type { StorageAdapter, WriteBatch } from '@auraconnect/offline-sync';

/** The UTF-8 bytes of a text. */
export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A batch of which only some parts are named. */
export const batch = (parts: Partial<WriteBatch>): WriteBatch => ({ create: [], put: [], delete: [], ...parts });

/** A batch that only puts. */
export const put = (...pairs: readonly (readonly [string, Uint8Array])[]): WriteBatch => batch({ put: pairs });

/** A batch that only creates. */
export const create = (...pairs: readonly (readonly [string, Uint8Array])[]): WriteBatch => batch({ create: pairs });

/** The values of keys as texts. */
export async function texts(store: StorageAdapter, keys: readonly string[]): Promise<(string | undefined)[]> {
  return (await store.read(keys)).map((value) => value && new TextDecoder().decode(value));
}

/** Bytes that no store can make smaller, the same for the same `seed`. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

/** The code that something is refused with, or that it was accepted. */
export async function outcome(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'accepted',
    (error: { code?: string }) => error.code ?? `refused without a code: ${String(error)}`,
  );
}

/** Rejects with what was found instead of what was expected. */
export function same(found: unknown, expected: unknown): void {
  const written = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (part === undefined ? '(nothing)' : part)) ?? '(nothing)';
  if (written(found) !== written(expected)) throw new Error(`found ${written(found)}, expected ${written(expected)}`);
}
