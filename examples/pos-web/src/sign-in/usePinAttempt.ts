import { useState } from 'react';
import { useNow } from '../app/clock.ts';
import { type PinRefusal, pinRefusalOf } from './words.ts';

export const PIN_DIGITS_MIN = 4;
export const PIN_DIGITS_MAX = 8;

/** A PIN being typed, and what became of the one before. */
export interface PinAttempt {
  readonly pin: string;
  /** The PIN is being checked: that takes as long as guessing is meant to take. */
  readonly checking: boolean;
  readonly refusal: PinRefusal | null;
  /** A PIN of this length can be one, and nobody has to wait. */
  readonly ready: boolean;
  /** Milliseconds since 1970 until which every PIN is refused unseen. */
  readonly waitsUntil: number | null;
  type(pin: string): void;
  send(): Promise<void>;
  /** For another person: nothing typed and nothing refused. */
  reset(): void;
}

/** Types a PIN and gives it to `use`; what that rejects with is said in the words for whoever is called `name`. */
export function usePinAttempt(name: string, use: (pin: string) => Promise<void>): PinAttempt {
  const [pin, setPin] = useState('');
  const [checking, setChecking] = useState(false);
  const [refused, setRefused] = useState<PinRefusal | null>(null);
  const now = useNow();
  const over = refused?.waitsUntil != null && refused.waitsUntil <= now;
  const refusal = over ? null : refused;
  const waitsUntil = refusal?.waitsUntil ?? null;
  const ready = pin.length >= PIN_DIGITS_MIN && !checking && waitsUntil === null;

  const send = async (): Promise<void> => {
    if (!ready) return;
    setChecking(true);
    try {
      await use(pin);
    } catch (error) {
      setRefused(pinRefusalOf(error, name, Date.now()));
    } finally {
      // Whatever came of it, the digits are not kept on a screen.
      setPin('');
      setChecking(false);
    }
  };

  return {
    pin,
    checking,
    refusal,
    ready,
    waitsUntil,
    type: (next) => {
      setPin(next.slice(0, PIN_DIGITS_MAX));
      // What was wrong with the last one is read by then, but not a wait.
      if (waitsUntil === null && next !== '') setRefused(null);
    },
    send,
    reset: () => {
      setPin('');
      setRefused(null);
    },
  };
}
