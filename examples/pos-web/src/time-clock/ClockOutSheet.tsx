import './time-clock.css';
import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatMoney } from '../money/money.ts';
import { Keypad } from '../payment/Keypad.tsx';
import { useTypedAmount } from '../payment/useTypedAmount.ts';
import { useCurrency, useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';

/** Going home: cash tips are said now, for nobody else has seen them. */
export function ClockOutSheet({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { clock } = useTill();
  const currency = useCurrency();
  const tips = useTypedAmount();
  const out = async (): Promise<void> => {
    if (await clock.clockOut(tips.minor)) onClose();
  };
  return (
    <Sheet
      title="Clock out"
      subtitle="Which cash tips do you take home?"
      size="small"
      testId="clock-out-sheet"
      onClose={onClose}
    >
      <div className="clock-form">
        {currency !== null && (
          <div className="pay-figure">
            <span>Cash tips</span>
            <output data-testid="cash-tips" data-minor={tips.minor}>
              {formatMoney(tips.minor, currency)}
            </output>
          </div>
        )}
        <Keypad onKey={tips.press} />
        <button
          type="button"
          className="button button--primary button--wide"
          data-testid="clock-out-confirm"
          onClick={() => void out()}
        >
          <LogOut aria-hidden="true" />
          Clock out
        </button>
      </div>
    </Sheet>
  );
}
