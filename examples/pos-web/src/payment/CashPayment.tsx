import type { OrderView } from '@auraconnect/offline-sync';
import { type ReactNode, useState } from 'react';
import { uuidv7 } from '../ids/uuidv7.ts';
import { currencyOf, formatAmount, formatMoney } from '../money/money.ts';
import { likelyTenders } from '../money/tender.ts';
import { useTill } from '../till/useTill.ts';
import { Keypad } from './Keypad.tsx';
import { useTypedAmount } from './useTypedAmount.ts';

interface CashPaymentProps {
  readonly order: OrderView;
  readonly onSettled: () => void;
}

/** Cash over the counter. Nothing typed means the exact sum. */
export function CashPayment({ order, onSettled }: CashPaymentProps): ReactNode {
  const session = useTill();
  const [paymentId] = useState(() => uuidv7());
  const handedOver = useTypedAmount();
  const currency = currencyOf(order);
  const balanceMinor = Math.max(0, order.totals.balanceMinor);
  const tenderedMinor = handedOver.minor === 0 ? balanceMinor : handedOver.minor;
  const amountMinor = Math.min(tenderedMinor, balanceMinor);
  const changeMinor = tenderedMinor - amountMinor;
  const leftMinor = balanceMinor - amountMinor;

  const take = async (): Promise<void> => {
    if (amountMinor === 0) return;
    const paid = await session.addPayment(order.orderId, { paymentId, type: 'cash', amountMinor, tenderedMinor });
    if (paid && paid.totals.balanceMinor <= 0) onSettled();
  };

  return (
    <div className="pay-form">
      <div className="pay-form__left">
        <div className="pay-figure">
          <span>Handed over</span>
          <output data-testid="cash-tendered" data-minor={tenderedMinor}>
            {formatMoney(tenderedMinor, currency)}
          </output>
        </div>
        <div className="quick">
          <button
            type="button"
            className="quick__button"
            data-testid="pay-cash-exact"
            aria-pressed={tenderedMinor === balanceMinor}
            onClick={() => handedOver.choose(balanceMinor)}
          >
            Exact
          </button>
          {likelyTenders(balanceMinor, currency).map((sumMinor) => (
            <button
              key={sumMinor}
              type="button"
              className="quick__button"
              data-testid={`pay-cash-${sumMinor}`}
              aria-pressed={tenderedMinor === sumMinor}
              onClick={() => handedOver.choose(sumMinor)}
            >
              {formatAmount(sumMinor, currency)}
            </button>
          ))}
        </div>
        <div className="pay-figure pay-figure--result" data-tone={leftMinor > 0 ? 'left' : 'change'} role="status">
          <span>{leftMinor > 0 ? 'Still to pay' : 'Change'}</span>
          <output data-testid="cash-change" data-minor={changeMinor}>
            {formatMoney(leftMinor > 0 ? leftMinor : changeMinor, currency)}
          </output>
        </div>
      </div>
      <Keypad onKey={handedOver.press} />
      <button
        type="button"
        className="button button--pay button--big"
        data-testid="pay-confirm"
        onClick={() => void take()}
      >
        Take {formatMoney(amountMinor, currency)} in cash
      </button>
    </div>
  );
}
