import type { OrderView } from '@auraconnect/offline-sync';
import { type ReactNode, useState } from 'react';
import { uuidv7 } from '../ids/uuidv7.ts';
import { currencyOf, formatAmount, formatMoney } from '../money/money.ts';
import { percentOf } from '../money/tender.ts';
import { useTill } from '../till/useTill.ts';
import { Keypad } from './Keypad.tsx';
import { useTypedAmount } from './useTypedAmount.ts';

const TIP_PERCENTS = [15, 18, 20];

interface CardPaymentProps {
  readonly order: OrderView;
  readonly onSettled: () => void;
}

/** A card payment taken on the terminal beside the till; here it is written down. */
export function CardPayment({ order, onSettled }: CardPaymentProps): ReactNode {
  const session = useTill();
  const [paymentId] = useState(() => uuidv7());
  const onCard = useTypedAmount();
  const tip = useTypedAmount();
  const [target, setTarget] = useState<'amount' | 'tip'>('amount');
  const currency = currencyOf(order);
  const balanceMinor = Math.max(0, order.totals.balanceMinor);
  const amountMinor = onCard.minor === 0 ? balanceMinor : Math.min(onCard.minor, balanceMinor);

  const take = async (): Promise<void> => {
    if (amountMinor === 0) return;
    const paid = await session.addPayment(order.orderId, {
      paymentId,
      type: 'card_external',
      amountMinor,
      tipMinor: tip.minor,
    });
    if (paid && paid.totals.balanceMinor <= 0) onSettled();
  };

  const tips = [{ label: 'No tip', minor: 0 }].concat(
    TIP_PERCENTS.map((percent) => ({ label: `${percent} %`, minor: percentOf(amountMinor, percent) })),
  );

  return (
    <div className="pay-form">
      <div className="pay-form__left">
        <button
          type="button"
          className="pay-figure"
          aria-pressed={target === 'amount'}
          onClick={() => setTarget('amount')}
        >
          <span>On the card</span>
          <output data-testid="card-amount" data-minor={amountMinor}>
            {formatMoney(amountMinor, currency)}
          </output>
        </button>
        <button type="button" className="pay-figure" aria-pressed={target === 'tip'} onClick={() => setTarget('tip')}>
          <span>Tip</span>
          <output data-testid="card-tip" data-minor={tip.minor}>
            {formatMoney(tip.minor, currency)}
          </output>
        </button>
        <div className="quick">
          {tips.map((suggestion) => (
            <button
              key={suggestion.label}
              type="button"
              className="quick__button"
              data-testid={suggestion.minor === 0 ? 'tip-none' : `tip-${suggestion.label.replace(' %', '')}`}
              aria-pressed={tip.minor === suggestion.minor}
              onClick={() => tip.choose(suggestion.minor)}
            >
              {suggestion.label}
              {suggestion.minor > 0 && <small>{formatAmount(suggestion.minor, currency)}</small>}
            </button>
          ))}
        </div>
      </div>
      <Keypad onKey={target === 'tip' ? tip.press : onCard.press} />
      <button
        type="button"
        className="button button--pay button--big"
        data-testid="pay-confirm"
        onClick={() => void take()}
      >
        Record card {formatMoney(amountMinor + tip.minor, currency)}
      </button>
    </div>
  );
}
