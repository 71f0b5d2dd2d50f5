import './payment.css';
import type { OrderView } from '@auraconnect/offline-sync';
import { Banknote, CreditCard } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { placeName } from '../floor/places.ts';
import { currencyOf, formatMoney } from '../money/money.ts';
import { useOrder } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { CardPayment } from './CardPayment.tsx';
import { CashPayment } from './CashPayment.tsx';

interface PaymentSheetProps {
  readonly orderId: string;
  readonly onClose: () => void;
}

export function PaymentSheet({ orderId, onClose }: PaymentSheetProps): ReactNode {
  const order = useOrder(orderId);
  const [way, setWay] = useState<'cash' | 'card'>('cash');
  if (!order) return null;
  const currency = currencyOf(order);
  const ways = [
    { to: 'cash', label: 'Cash', Icon: Banknote },
    { to: 'card', label: 'Card', Icon: CreditCard },
  ] as const;
  return (
    <Sheet
      title={`Pay ${placeName(order)}`}
      subtitle={order.ticketNo}
      size="large"
      testId="payment-sheet"
      onClose={onClose}
    >
      <div className="payment">
        <div className="payment__due">
          <span>Balance</span>
          <strong data-testid="payment-balance" data-minor={order.totals.balanceMinor}>
            {formatMoney(Math.max(0, order.totals.balanceMinor), currency)}
          </strong>
          {order.totals.paidMinor > 0 && <span>of {formatMoney(order.totals.totalMinor, currency)}</span>}
        </div>
        <div className="payment__ways" role="group" aria-label="How the guest pays">
          {ways.map(({ to, label, Icon }) => (
            <button
              key={to}
              type="button"
              aria-pressed={way === to}
              data-testid={`pay-way-${to}`}
              onClick={() => setWay(to)}
            >
              <Icon aria-hidden="true" />
              {label}
            </button>
          ))}
        </div>
        {way === 'cash' ? (
          <CashPayment key={paymentKey(order)} order={order} onSettled={onClose} />
        ) : (
          <CardPayment key={paymentKey(order)} order={order} onSettled={onClose} />
        )}
      </div>
    </Sheet>
  );
}

/** A payment that went through starts the next one with a fresh form and a fresh id. */
function paymentKey(order: OrderView): string {
  return `${order.orderId} ${order.payments.length}`;
}
