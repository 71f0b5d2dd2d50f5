import { EngineError } from '@auraconnect/offline-sync';
import { sentenceOf } from '../till/sentences.ts';

/** What became of a PIN, for the person who typed it. */
export interface PinRefusal {
  readonly code: string;
  readonly sentence: string;
  /** When it may be tried again, in milliseconds since 1970; `null` where waiting is not what helps. */
  readonly waitsUntil: number | null;
}

/** In plain words what is wrong, and how it goes on. */
export function pinRefusalOf(error: unknown, name: string, now: number): PinRefusal {
  if (!(error instanceof EngineError)) return { code: 'INTERNAL', sentence: sentenceOf(error), waitsUntil: null };
  const waitsUntil = error.retryAfterMs === undefined ? null : now + error.retryAfterMs;
  return { code: error.code, sentence: sentences[error.code]?.(name) ?? sentenceOf(error), waitsUntil };
}

const sentences: Readonly<Record<string, (name: string) => string>> = {
  PIN_WRONG: () => 'That PIN is not right. Try again; after five wrong ones this till makes you wait.',
  PIN_LOCKED: () => 'Too many wrong PINs.',
  PIN_BLOCKED: (name) => `Too many wrong PINs: ${name} is blocked on this till until a manager lets them try again.`,
  SCOPE_MISSING: (name) => `The rights of ${name} were taken away. A manager knows more.`,
  GRANT_EXPIRED: (name) =>
    `The PIN or the role of ${name} has changed. Once this till has been online again, the new PIN opens it.`,
  GRANT_FOREIGN: (name) => `This till cannot vouch for ${name}. Bring it online once, then try again.`,
  STAFF_UNKNOWN: (name) => `${name} cannot sign in on this till yet. Bring it online once, then try again.`,
  APPROVAL_INVALID: (name) => `${name} may not approve this. Ask somebody else.`,
  APPROVAL_MISSING: (name) => `${name} may not approve this. It takes a manager who did not enter it.`,
  APPROVAL_REQUIRED: (name) => `${name} may not approve this. It takes a manager.`,
};

/** `1:05`, counting down to nothing. */
export function waitText(untilMs: number, now: number): string {
  const seconds = Math.max(0, Math.floor((untilMs - now) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
