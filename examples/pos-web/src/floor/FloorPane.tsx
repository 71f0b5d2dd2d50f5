import './floor.css';
import type { OrderView } from '@auraconnect/offline-sync';
import { Plus, ShoppingBag } from 'lucide-react';
import { type ReactNode, useCallback } from 'react';
import { formatAge, useNow } from '../app/clock.ts';
import { currencyOf, formatMoney } from '../money/money.ts';
import { useOpenOrders, useTill } from '../till/useTill.ts';
import { PendingMark } from '../ui/PendingMark.tsx';
import { AREAS } from './places.ts';
import { TableCard } from './TableCard.tsx';

interface FloorPaneProps {
  readonly orderId: string | null;
  readonly onOrder: (orderId: string) => void;
}

/** The room: which tables are free, which have open checks, and what is to be taken away. */
export function FloorPane({ orderId, onOrder }: FloorPaneProps): ReactNode {
  const session = useTill();
  const open = useOpenOrders();
  const openAt = useCallback(
    async (tableId: string | null): Promise<void> => {
      const opened = await session.openOrder(tableId);
      if (opened) onOrder(opened.orderId);
    },
    [session, onOrder],
  );

  /** With several checks at a table, pressing it again goes on to the next one; the bill names them all. */
  const pickTable = useCallback(
    (tableId: string, checks: readonly OrderView[]): void => {
      const next = checks[(checks.findIndex((check) => check.orderId === orderId) + 1) % checks.length];
      if (next) onOrder(next.orderId);
      else void openAt(tableId);
    },
    [orderId, onOrder, openAt],
  );

  const takeaways = open.filter((order) => order.tableId === null);
  const taken = new Set(open.map((order) => order.tableId).filter((tableId) => tableId !== null)).size;
  const elsewhere = open.filter((order) => order.tableId !== null && !KNOWN_TABLES.has(order.tableId));

  return (
    <div className="floor" data-testid="floor">
      <header className="pane-head">
        <h2>Tables</h2>
        <p>
          {taken} open · {KNOWN_TABLES.size - taken + new Set(elsewhere.map((order) => order.tableId)).size} free
        </p>
      </header>
      {AREAS.map((area) => (
        <section key={area.name} aria-label={area.name} className="area">
          <h3>{area.name}</h3>
          <div className="area__tables" data-seats={area.tables[0]?.seats}>
            {area.tables.map((table) => (
              <TableCard
                key={table.tableId}
                table={table}
                checks={open.filter((order) => order.tableId === table.tableId)}
                chosen={orderId}
                onPick={pickTable}
              />
            ))}
          </div>
        </section>
      ))}
      <section aria-label="Takeaway" className="area">
        <h3>Takeaway</h3>
        <div className="takeaways">
          <button
            type="button"
            className="takeaway takeaway--new"
            data-testid="new-takeaway"
            onClick={() => void openAt(null)}
          >
            <Plus aria-hidden="true" />
            <strong>New takeaway</strong>
          </button>
          {[...takeaways, ...elsewhere].map((order) => (
            <TakeawayCard key={order.orderId} order={order} chosen={order.orderId === orderId} onPick={onOrder} />
          ))}
        </div>
      </section>
    </div>
  );
}

const KNOWN_TABLES: ReadonlySet<string> = new Set(AREAS.flatMap((area) => area.tables.map((table) => table.tableId)));

interface TakeawayCardProps {
  readonly order: OrderView;
  readonly chosen: boolean;
  readonly onPick: (orderId: string) => void;
}

function TakeawayCard({ order, chosen, onPick }: TakeawayCardProps): ReactNode {
  const now = useNow();
  return (
    <button
      type="button"
      className="takeaway"
      data-testid={`takeaway-${order.ticketNo}`}
      aria-pressed={chosen}
      onClick={() => onPick(order.orderId)}
    >
      <ShoppingBag aria-hidden="true" />
      <span>
        <strong>{order.ticketNo}</strong>
        <span>{formatAge(order.openedAt, now)}</span>
      </span>
      <PendingMark pending={order.pendingMutations} />
      <span className="takeaway__total">{formatMoney(order.totals.totalMinor, currencyOf(order))}</span>
    </button>
  );
}
