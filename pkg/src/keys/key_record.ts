import { EngineError } from '../engine_error.js';
import type { StoreKey } from './key_provider.js';

/** More would not fit into the 2,048 bytes that a keychain takes. Old keys go when nothing is left that they sealed. */
const KEYS_MAX = 16;
const KEY_BYTES = 32;
const ENTRY_BYTES = 4 + KEY_BYTES;

/** The keys as one record, newest first: of each its id in four bytes, and its bytes. */
export function writeKeyRecord(keys: readonly StoreKey[]): Uint8Array<ArrayBuffer> {
  const newestFirst = [...keys].sort((one, other) => other.id - one.id);
  if (newestFirst.length > KEYS_MAX) throw new EngineError('OPTION_INVALID', `there may be at most ${KEYS_MAX} keys`);
  const record = new Uint8Array(keys.length * ENTRY_BYTES);
  const view = new DataView(record.buffer);
  newestFirst.forEach(({ id, bytes }, place) => {
    const isId = Number.isInteger(id) && id >= 1 && id <= 0x7fff_ffff;
    if (!isId || bytes.length !== KEY_BYTES || newestFirst[place + 1]?.id === id) {
      throw new EngineError(
        'OPTION_INVALID',
        `a key has ${KEY_BYTES} bytes and an id of its own from 1 to 2,147,483,647`,
      );
    }
    view.setUint32(place * ENTRY_BYTES, id);
    record.set(bytes, place * ENTRY_BYTES + 4);
  });
  return record;
}

/** The keys of a record; refuses what {@link writeKeyRecord} would not have written. */
export function readKeyRecord(record: Uint8Array): readonly StoreKey[] {
  const count = record.length / ENTRY_BYTES;
  if (!Number.isInteger(count) || count > KEYS_MAX) throw keysUnreadable('the entry is damaged');
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  return Array.from({ length: count }, (_, place) => {
    const start = place * ENTRY_BYTES;
    return { id: view.getUint32(start), bytes: record.slice(start + 4, start + ENTRY_BYTES) };
  });
}

/** That there is something, but that it cannot be read. */
export function keysUnreadable(reason: string): EngineError {
  return new EngineError('KEYS_UNREADABLE', `the keys of the store cannot be read: ${reason}`);
}
