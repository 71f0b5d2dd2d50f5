import './pin-pad.css';
import { Delete } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { PIN_DIGITS_MAX, PIN_DIGITS_MIN, type PinAttempt } from './usePinAttempt.ts';
import { PinTrouble } from './PinTrouble.tsx';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'back'] as const;
const KEY_NAMES: Readonly<Record<string, string>> = { clear: 'Clear', back: 'Take back the last digit' };

interface PinPadProps {
  /** Whose PIN it is, e.g. `PIN of Mara V.` */
  readonly label: string;
  readonly attempt: PinAttempt;
  /** Takes the focus when it appears, so that digits can be typed at once. */
  readonly autoFocus?: boolean;
}

/** Big keys for a PIN; typed digits, Backspace and Enter do the same. It shows how many digits there are and never which. */
export function PinPad({ label, attempt, autoFocus = false }: PinPadProps): ReactNode {
  const pad = useRef<HTMLDivElement>(null);
  const labelId = useId();
  const { pin, checking } = attempt;
  useEffect(() => {
    if (autoFocus) pad.current?.focus({ preventScroll: true });
  }, [autoFocus, label]);

  const press = (key: string): void => {
    if (checking) return;
    if (key === 'clear') attempt.type('');
    else attempt.type(key === 'back' ? pin.slice(0, -1) : pin + key);
  };

  const type = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^\d$/.test(event.key)) press(event.key);
    else if (event.key === 'Backspace') press('back');
    // On a key of the pad Enter presses that key, until what is typed can be a PIN.
    else if (event.key === 'Enter' && attempt.ready) void attempt.send();
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={pad}
      className="pin-pad"
      role="group"
      aria-labelledby={labelId}
      tabIndex={0}
      data-testid="pin-pad"
      data-checking={checking}
      onKeyDown={type}
    >
      <p className="pin-pad__label" id={labelId}>
        {label}
      </p>
      <output className="pin-pad__dots" data-testid="pin-dots" data-count={pin.length}>
        <span className="visually-hidden">
          {checking ? 'Checking the PIN' : `${pin.length} digits of ${PIN_DIGITS_MIN} to ${PIN_DIGITS_MAX}`}
        </span>
        {Array.from({ length: Math.max(PIN_DIGITS_MIN, pin.length) }, (_, place) => (
          <span key={place} aria-hidden="true" data-filled={place < pin.length} />
        ))}
      </output>
      <PinTrouble refusal={attempt.refusal} />
      <div className="pin-pad__keys">
        {KEYS.map((key) => (
          <button
            key={key}
            type="button"
            data-testid={`pin-${key}`}
            aria-label={KEY_NAMES[key] ?? key}
            onClick={() => press(key)}
          >
            {key === 'back' ? <Delete aria-hidden="true" /> : key === 'clear' ? 'Clear' : key}
          </button>
        ))}
      </div>
    </div>
  );
}
