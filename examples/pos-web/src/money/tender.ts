import type { Currency } from './money.ts';

const NOTES_IN_MAJOR_UNITS = [5, 10, 20, 50, 100];
const NOTES_WITHOUT_MINOR_UNIT = [500, 1_000, 2_000, 5_000, 10_000];
const SUGGESTIONS_MAX = 3;

/** Round sums a guest is likely to hand over for `balanceMinor`, smallest first; the exact sum is not among them. */
export function likelyTenders(balanceMinor: number, currency: Currency): readonly number[] {
  const minorPerMajor = 10 ** currency.exponent;
  const notes = currency.exponent === 0 ? NOTES_WITHOUT_MINOR_UNIT : NOTES_IN_MAJOR_UNITS;
  const sums = notes
    .map((note) => note * minorPerMajor)
    .map((noteMinor) => Math.ceil(balanceMinor / noteMinor) * noteMinor)
    .filter((sumMinor) => sumMinor > balanceMinor);
  return [...new Set(sums)].sort((a, b) => a - b).slice(0, SUGGESTIONS_MAX);
}

/** A share of an amount in whole percent, rounded half up to the minor unit. */
export function percentOf(amountMinor: number, percent: number): number {
  return Math.floor((amountMinor * percent + 50) / 100);
}

export const TYPED_AMOUNT_MAX_MINOR = 99_999_999;

/** What the keypad shows after one more key: digits come in from the right, as on every till. */
export function typed(amountMinor: number, key: string): number {
  if (key === 'back') return Math.floor(amountMinor / 10);
  const next = key === '00' ? amountMinor * 100 : amountMinor * 10 + Number(key);
  return next > TYPED_AMOUNT_MAX_MINOR ? amountMinor : next;
}
