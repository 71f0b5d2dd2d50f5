import { Armchair, Banknote, ChartColumn, Clock, Columns2, ReceiptText, ScrollText, Utensils } from 'lucide-react';
import type { ReactNode } from 'react';
import { pathOf } from '../app/route.ts';
import { currencyOf, formatMoney } from '../money/money.ts';
import { useOrder } from './useTill.ts';

/** What stands beside the bill. */
export type Pane = 'floor' | 'menu' | 'tickets' | 'report' | 'clock' | 'drawer';
/** Which of the two a narrow till shows; a wide one shows both. */
export type Front = 'pane' | 'bill';

interface TillNavigationProps {
  readonly pane: Pane;
  readonly front: Front;
  readonly orderId: string | null;
  /** Shows the way to both tills side by side. */
  readonly linkToBoth: boolean;
  readonly onPane: (pane: Pane) => void;
  readonly onBill: () => void;
}

export function TillNavigation({ pane, front, orderId, linkToBoth, onPane, onBill }: TillNavigationProps): ReactNode {
  const order = useOrder(orderId);
  const bill = order ? formatMoney(order.totals.totalMinor, currencyOf(order)) : 'Bill';
  const entries = [
    { to: 'floor', label: 'Tables', Icon: Armchair },
    { to: 'menu', label: 'Menu', Icon: Utensils },
    { to: 'bill', label: bill, Icon: ReceiptText },
    { to: 'tickets', label: 'Recent', Icon: ScrollText },
    { to: 'report', label: 'Today', Icon: ChartColumn },
    { to: 'clock', label: 'Clock', Icon: Clock },
    { to: 'drawer', label: 'Drawer', Icon: Banknote },
  ] as const;
  return (
    <nav className="till__nav" aria-label="Till">
      {entries.map(({ to, label, Icon }) => (
        <button
          key={to}
          type="button"
          data-testid={`nav-${to}`}
          data-to={to}
          aria-current={(front === 'bill' ? to === 'bill' : to === pane) ? 'page' : undefined}
          onClick={() => (to === 'bill' ? onBill() : onPane(to))}
        >
          <Icon aria-hidden="true" />
          <span>{label}</span>
        </button>
      ))}
      {linkToBoth && (
        <a className="till__both" href={pathOf({ page: 'two-tills' })} data-testid="nav-two-tills">
          <Columns2 aria-hidden="true" />
          <span>Both tills</span>
        </a>
      )}
    </nav>
  );
}
