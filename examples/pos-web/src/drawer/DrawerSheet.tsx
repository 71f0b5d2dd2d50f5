import './drawer.css';
import { type ReactNode, useState } from 'react';
import { formatMoney } from '../money/money.ts';
import { Keypad } from '../payment/Keypad.tsx';
import { useTypedAmount } from '../payment/useTypedAmount.ts';
import { useCurrency, useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import type { TillDrawer } from './TillDrawer.ts';
import { DRAWER_WORDS, type DrawerAct } from './words.ts';
import { ReasonChoice } from '../ui/ReasonChoice.tsx';

interface DrawerSheetProps {
  readonly act: DrawerAct;
  readonly onClose: () => void;
}

/** One act at the drawer: an amount, a reason, or both. */
export function DrawerSheet({ act, onClose }: DrawerSheetProps): ReactNode {
  const { drawer } = useTill();
  const currency = useCurrency();
  const typed = useTypedAmount();
  const [reason, setReason] = useState('');
  const { title, subtitle, amount, reasons, action } = DRAWER_WORDS[act];
  const mayBeNothing = act === 'open' || act === 'count';
  const ready = (amount === null || mayBeNothing || typed.minor > 0) && (reasons.length === 0 || reason.trim() !== '');
  const sum = currency === null ? '' : formatMoney(typed.minor, currency);

  const give = async (): Promise<void> => {
    if (ready && (await done(drawer, act, typed.minor, reason.trim()))) onClose();
  };

  return (
    <Sheet
      title={title}
      subtitle={subtitle}
      size={amount !== null && reasons.length > 0 ? 'large' : 'small'}
      testId="drawer-sheet"
      onClose={onClose}
    >
      <form
        className="drawer-form"
        data-parts={amount !== null && reasons.length > 0 ? 'two' : 'one'}
        onSubmit={(event) => {
          event.preventDefault();
          void give();
        }}
      >
        {reasons.length > 0 && (
          <fieldset className="drawer-form__why">
            <ReasonChoice usual={reasons} reason={reason} testId="drawer-reason" onChange={setReason} />
          </fieldset>
        )}
        {amount !== null && (
          <div className="drawer-form__amount">
            <div className="pay-figure">
              <span>{amount}</span>
              <output data-testid="drawer-amount" data-minor={typed.minor}>
                {sum}
              </output>
            </div>
            <Keypad onKey={typed.press} />
          </div>
        )}
        <button
          type="submit"
          className="button button--primary button--wide"
          aria-disabled={!ready}
          data-testid="drawer-confirm"
        >
          {amount === null ? action : `${action} ${sum}`}
        </button>
      </form>
    </Sheet>
  );
}

function done(drawer: TillDrawer, act: DrawerAct, minor: number, reason: string): Promise<boolean> {
  switch (act) {
    case 'open':
      return drawer.open(minor);
    case 'pay_in':
      return drawer.payIn(minor, reason);
    case 'pay_out':
      return drawer.payOut(minor, reason);
    case 'drop':
      return drawer.drop(minor);
    case 'no_sale':
      return drawer.noSale(reason);
    case 'count':
      return drawer.count(minor);
  }
}
