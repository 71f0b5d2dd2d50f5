import { EngineError } from '../engine_error.js';

/**
 * Refuses an instance of react-native-mmkv with `OPTION_INVALID`. It writes into mapped memory that the system flushes when
 * it likes, so that a power cut loses what was saved; it cannot write two keys together; and emptied stores are reported.
 */
export function refuseMmkv(given: unknown): void {
  if (typeof given !== 'object' || given === null) return;
  const { getString, getBuffer, set } = given as Record<string, unknown>;
  if ([getString, getBuffer, set].some((call) => typeof call !== 'function')) return;
  throw new EngineError(
    'OPTION_INVALID',
    'MMKV cannot hold the store: it does not flush to the disk, so a power cut loses what was saved. Use SQLite',
  );
}
