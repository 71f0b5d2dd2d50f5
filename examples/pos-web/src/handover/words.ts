import { EngineError } from '@auraconnect/offline-sync';
import { sentenceOf } from '../till/sentences.ts';

/** The shortest passphrase that seals a file, in characters. */
export const PASSPHRASE_CHARACTERS_MIN = 8;

const REFUSALS: Readonly<Record<string, string>> = {
  IMPORT_SEALED: 'This passphrase does not open this file. Ask whoever saved it; capitals and spaces count.',
  IMPORT_INVALID:
    'This is not a file of unsent orders from a till of this restaurant, or it was damaged on the way. Choose another one.',
  STORAGE_FULL: 'There is no room on this device. Free some, or take the file over on another till.',
};

/** Why a file could not be made or taken over, and what to do about it. */
export function handoverRefusal(error: unknown): string {
  return (error instanceof EngineError && REFUSALS[error.code]) || sentenceOf(error);
}

/** `3 orders have not been sent.` */
export function unsentSentence(orders: number): string {
  if (orders === 0) return 'Everything on this till has been sent: there is nothing to save.';
  return orders === 1 ? 'One order has not been sent yet.' : `${orders} orders have not been sent yet.`;
}

/** `till-a-unsent-2026-11-25-1930.age`, by this device's clock. */
export function fileNameOf(tillName: string, at: Date): string {
  return `${stampedName(tillName, 'unsent', at)}.age`;
}

/** `till-a-recording-2026-11-25-1930`, by this device's clock. */
export function stampedName(tillName: string, what: string, at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${tillName.toLowerCase().replaceAll(' ', '-')}-${what}-${date}-${two(at.getHours())}${two(at.getMinutes())}`;
}
