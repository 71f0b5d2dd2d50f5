import './tickets.css';
import type { OrderView } from '@auraconnect/offline-sync';
import { ReceiptText } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatTime } from '../app/clock.ts';
import { placeName } from '../floor/places.ts';
import { currencyOf, formatMoney } from '../money/money.ts';
import { useRecentTickets } from '../till/useTill.ts';
import { PendingMark } from '../ui/PendingMark.tsx';

interface TicketsPaneProps {
  readonly orderId: string | null;
  readonly onOrder: (orderId: string) => void;
}

/** Closed checks of the business day. */
export function TicketsPane({ orderId, onOrder }: TicketsPaneProps): ReactNode {
  const tickets = useRecentTickets();
  return (
    <div className="tickets" data-testid="tickets">
      <header className="pane-head">
        <h2>Recent tickets</h2>
        <p>{tickets.length === 1 ? '1 closed today' : `${tickets.length} closed today`}</p>
      </header>
      {tickets.length === 0 ? (
        <div className="empty">
          <ReceiptText aria-hidden="true" />
          <h3>No check closed yet</h3>
          <p>Paid and closed checks of today land here, from this till and from the others.</p>
        </div>
      ) : (
        <ul className="tickets__list">
          {tickets.map((order) => (
            <li key={order.orderId}>
              <TicketRow order={order} chosen={order.orderId === orderId} onPick={onOrder} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface TicketRowProps {
  readonly order: OrderView;
  readonly chosen: boolean;
  readonly onPick: (orderId: string) => void;
}

function TicketRow({ order, chosen, onPick }: TicketRowProps): ReactNode {
  return (
    <button
      type="button"
      className="ticket"
      data-testid={`ticket-${order.ticketNo}`}
      aria-pressed={chosen}
      onClick={() => onPick(order.orderId)}
    >
      <strong className="ticket__no">{order.ticketNo}</strong>
      <span className="ticket__place">{placeName(order)}</span>
      <span className="ticket__time">{formatTime(order.closedAt ?? order.openedAt)}</span>
      <span className="ticket__marks">
        <PendingMark pending={order.pendingMutations} />
        <PaymentBadge order={order} />
      </span>
      <strong className="ticket__total">{formatMoney(order.totals.totalMinor, currencyOf(order))}</strong>
    </button>
  );
}

/** Says when a closed check is not simply paid. */
function PaymentBadge({ order }: { readonly order: OrderView }): ReactNode {
  if (order.status === 'voided')
    return (
      <span className="badge" data-tone="quiet">
        Voided
      </span>
    );
  if (order.totals.balanceMinor > 0)
    return (
      <span className="badge" data-tone="trouble">
        Balance due
      </span>
    );
  if (order.totals.balanceMinor < 0)
    return (
      <span className="badge" data-tone="offline">
        Overpaid
      </span>
    );
  return (
    <span className="badge" data-tone="good">
      Paid
    </span>
  );
}
