import { EngineError } from '@auraconnect/offline-sync';

/** What a person is told about a failure. */
export function sentenceOf(error: unknown): string {
  if (error instanceof EngineError && error.code === 'STORE_IN_USE') {
    return 'This till is already open in another tab. Close it there, then try again.';
  }
  if (error instanceof EngineError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}
