import { useState } from 'react';
import { typed } from '../money/tender.ts';

/** An amount that comes from a keypad or from a ready-made sum. */
export interface TypedAmount {
  readonly minor: number;
  /** One more key of the keypad; after a ready-made sum it starts anew. */
  press(key: string): void;
  /** Takes a ready-made sum. */
  choose(minor: number): void;
}

export function useTypedAmount(): TypedAmount {
  const [amount, setAmount] = useState({ minor: 0, chosen: false });
  return {
    minor: amount.minor,
    press: (key) => setAmount((now) => ({ minor: typed(now.chosen ? 0 : now.minor, key), chosen: false })),
    choose: (minor) => setAmount({ minor, chosen: true }),
  };
}
