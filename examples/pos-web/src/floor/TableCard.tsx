import type { OrderView } from '@auraconnect/offline-sync';
import { type CSSProperties, memo, type ReactNode } from 'react';
import { formatAge, useNow } from '../app/clock.ts';
import { currencyOf, formatMoney } from '../money/money.ts';
import { PendingMark } from '../ui/PendingMark.tsx';
import type { Table } from './places.ts';

interface TableCardProps {
  readonly table: Table;
  readonly checks: readonly OrderView[];
  readonly chosen: string | null;
  readonly onPick: (tableId: string, checks: readonly OrderView[]) => void;
}

export const TableCard = memo(TableButton, samePicture);

function TableButton({ table, checks, chosen, onPick }: TableCardProps): ReactNode {
  const [first] = checks;
  return (
    <button
      type="button"
      className="table"
      data-testid={`table-${table.tableId}`}
      data-state={stateOf(checks)}
      data-checks={checks.length}
      aria-pressed={checks.some((check) => check.orderId === chosen)}
      aria-label={first ? undefined : `Table ${table.label}, free, ${table.seats} seats`}
      style={{ '--chairs': Math.ceil(table.seats / 2) } as CSSProperties}
      onClick={() => onPick(table.tableId, checks)}
    >
      <span className="table__top">
        <span className="table__number">
          <span className="visually-hidden">Table </span>
          {table.label}
        </span>
        {first ? <TableTime since={first.openedAt} /> : <span className="table__free">Free</span>}
      </span>
      {first && <TableBill first={first} checks={checks} />}
    </button>
  );
}

/** `paid` as soon as nothing is due on any check of the table. */
function stateOf(checks: readonly OrderView[]): 'free' | 'open' | 'paid' {
  if (checks.length === 0) return 'free';
  return checks.every((check) => check.payments.length > 0 && check.totals.balanceMinor <= 0) ? 'paid' : 'open';
}

/** A table is drawn again when one of its checks changed, not when any order did. */
function samePicture(before: TableCardProps, after: TableCardProps): boolean {
  return (
    before.onPick === after.onPick &&
    before.chosen === after.chosen &&
    before.checks.length === after.checks.length &&
    before.checks.every((check, place) => check === after.checks[place])
  );
}

function TableTime({ since }: { readonly since: string }): ReactNode {
  const now = useNow();
  return <span className="table__time">{formatAge(since, now)}</span>;
}

function TableBill({ first, checks }: { readonly first: OrderView; readonly checks: readonly OrderView[] }): ReactNode {
  const total = checks.reduce((sum, check) => sum + check.totals.totalMinor, 0);
  const pending = checks.reduce((sum, check) => sum + check.pendingMutations, 0);
  return (
    <span className="table__bill">
      <strong>{formatMoney(total, currencyOf(first))}</strong>
      <span className="table__ticket">
        {checks.length === 1 ? first.ticketNo : `${checks.length} checks`}
        <PendingMark pending={pending} />
      </span>
    </span>
  );
}
