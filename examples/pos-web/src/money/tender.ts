import type { Currency } from './money.ts';

/** Sums that guests round up to, in major units; the last is a note that is handed over singly. */
const ROUNDED_TO = { multiples: [5, 10, 50, 100], singleNote: 20 };
const ROUNDED_TO_WITHOUT_MINOR_UNIT = { multiples: [500, 1_000, 5_000, 10_000], singleNote: 2_000 };
const SUGGESTIONS_MAX = 3;

/** Round sums a guest is likely to hand over for `balanceMinor`, smallest first; the exact sum is not among them. */
export function likelyTenders(balanceMinor: number, currency: Currency): readonly number[] {
  const minorPerMajor = 10 ** currency.exponent;
  const { multiples, singleNote } = currency.exponent === 0 ? ROUNDED_TO_WITHOUT_MINOR_UNIT : ROUNDED_TO;
  const roundedUp = multiples
    .map((major) => major * minorPerMajor)
    .map((stepMinor) => Math.ceil(balanceMinor / stepMinor) * stepMinor);
  const sums = [...roundedUp, singleNote * minorPerMajor].filter((sumMinor) => sumMinor > balanceMinor);
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
