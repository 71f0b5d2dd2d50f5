import type { UnsyncedOrder } from '@auraconnect/offline-sync';
import { ChevronRight, CloudCheck } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatTime } from '../app/clock.ts';
import { tableName } from '../floor/places.ts';
import { formatMoney } from '../money/money.ts';
import { useCurrency, useStatus, useTill } from '../till/useTill.ts';
import { changeCount } from './words.ts';

const SHOWN_AT_FIRST = 6;

interface UnsyncedListProps {
  readonly onJourney: (orderId: string) => void;
}

/** The orders that the server has not seen whole, oldest first. */
export function UnsyncedList({ onJourney }: UnsyncedListProps): ReactNode {
  const { unsynced } = useStatus(useTill());
  const [all, setAll] = useState(false);
  const shown = all ? unsynced : unsynced.slice(0, SHOWN_AT_FIRST);
  return (
    <section className="unsynced" aria-label="Only on this till">
      <h3>Only on this till</h3>
      {unsynced.length === 0 && (
        <p className="unsynced__none">
          <CloudCheck aria-hidden="true" />
          Every order has arrived.
        </p>
      )}
      <ul>
        {shown.map((order) => (
          <li key={order.orderId}>
            <UnsyncedRow order={order} onJourney={onJourney} />
          </li>
        ))}
      </ul>
      {unsynced.length > shown.length && (
        <button type="button" className="button button--wide" data-testid="unsynced-all" onClick={() => setAll(true)}>
          Show all {unsynced.length}
        </button>
      )}
    </section>
  );
}

function UnsyncedRow({ order, onJourney }: UnsyncedListProps & { readonly order: UnsyncedOrder }): ReactNode {
  const currency = useCurrency();
  return (
    <button
      type="button"
      className="unsynced__row"
      data-testid="unsynced-order"
      data-ticket={order.ticketNo}
      data-changes={order.changes}
      data-minor={order.takingsMinor}
      onClick={() => onJourney(order.orderId)}
    >
      <strong className="unsynced__ticket">{order.ticketNo ?? 'Not numbered'}</strong>
      <span className="unsynced__place">{order.tableId === null ? 'Takeaway' : tableName(order.tableId)}</span>
      <span className="unsynced__count">
        {changeCount(order.changes)} · since {formatTime(order.oldestAt)}
      </span>
      <span className="unsynced__money" data-minor={order.takingsMinor}>
        {order.takingsMinor !== 0 && currency ? formatMoney(order.takingsMinor, currency) : 'not paid'}
      </span>
      <ChevronRight aria-hidden="true" />
    </button>
  );
}
