import type { OrderView } from '@auraconnect/offline-sync';
import { Check, CreditCard } from 'lucide-react';
import type { ReactNode } from 'react';
import { placeName } from '../floor/places.ts';
import { currencyOf, formatMoney } from '../money/money.ts';
import { useTill } from '../till/useTill.ts';

interface BillActionsProps {
  readonly order: OrderView;
  readonly onPay: (orderId: string) => void;
  readonly onLeave: () => void;
}

/** Pay while something is due, then close. */
export function BillActions({ order, onPay, onLeave }: BillActionsProps): ReactNode {
  const session = useTill();
  const { balanceMinor } = order.totals;
  const due = balanceMinor > 0;

  const close = async (): Promise<void> => {
    const closed = await session.closeOrder(order.orderId);
    if (!closed) return;
    session.toasts.show('good', `${closed.ticketNo} closed, ${placeName(closed)} is done.`);
    onLeave();
  };

  return (
    <footer className="bill__actions">
      <ChangeDue order={order} />
      {due && (
        <button
          type="button"
          className="button button--pay button--big"
          data-testid="pay"
          onClick={() => onPay(order.orderId)}
        >
          <CreditCard aria-hidden="true" />
          Pay {formatMoney(balanceMinor, currencyOf(order))}
        </button>
      )}
      {!due && order.status === 'open' && (
        <button
          type="button"
          className={`button button--big ${order.lines.length === 0 ? '' : 'button--good'}`}
          data-testid="close-order"
          onClick={() => void close()}
        >
          <Check aria-hidden="true" />
          {order.lines.length === 0 ? 'Close empty check' : 'Close check'}
        </button>
      )}
      {!due && order.status !== 'open' && (
        <button type="button" className="button button--big" data-testid="leave-bill" onClick={onLeave}>
          Back to the tables
        </button>
      )}
    </footer>
  );
}

/** The number a cashier needs while the drawer is open. */
function ChangeDue({ order }: { readonly order: OrderView }): ReactNode {
  const last = order.payments.at(-1);
  if (order.status !== 'open' || !last || last.changeMinor === 0) return null;
  return (
    <p className="change-due" role="status" data-testid="change-due" data-minor={last.changeMinor}>
      <span>Change</span>
      <strong>{formatMoney(last.changeMinor, currencyOf(order))}</strong>
    </p>
  );
}
