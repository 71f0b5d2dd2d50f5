import './bill.css';
import type { OrderView } from '@auraconnect/offline-sync';
import { ChevronRight, GitMerge, History, Info, Plus, UtensilsCrossed } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { formatTime } from '../app/clock.ts';
import { headlineOf } from '../conflicts/words.ts';
import { placeName } from '../floor/places.ts';
import { withNames } from '../staff/names.ts';
import { findingTitle } from '../status/words.ts';
import { needsSomebody } from '../till/EngineStore.ts';
import { useConflicts, useOpenOrders, useOrder, useStatus, useTill } from '../till/useTill.ts';
import { PendingMark } from '../ui/PendingMark.tsx';
import { BillActions } from './BillActions.tsx';
import { BillLines } from './BillLines.tsx';
import { BillTotals } from './BillTotals.tsx';

interface BillPaneProps {
  readonly orderId: string | null;
  readonly onOrder: (orderId: string) => void;
  readonly onVoid: (orderId: string, lineId: string) => void;
  readonly onPay: (orderId: string) => void;
  readonly onLeave: () => void;
  readonly onConflict: (conflictId: string) => void;
  readonly onJourney: (orderId: string) => void;
}

/** The check in hand. */
export function BillPane(props: BillPaneProps): ReactNode {
  const { orderId, onOrder, onVoid, onPay, onLeave, onConflict, onJourney } = props;
  const order = useOrder(orderId);
  if (!order) return <NoBill />;
  return (
    <aside className="bill" aria-label={`Bill ${order.ticketNo}`} data-testid="bill" data-status={order.status}>
      <BillHead order={order} onOrder={onOrder} onJourney={onJourney} />
      {needsSomebody(order) && <ChecksHere order={order} onOrder={onOrder} />}
      <OrderNotices orderId={order.orderId} onConflict={onConflict} />
      <Scroll marker={order.lines.length}>
        <BillLines order={order} onVoid={onVoid} />
      </Scroll>
      <BillTotals order={order} />
      <BillActions order={order} onPay={onPay} onLeave={onLeave} />
    </aside>
  );
}

function NoBill(): ReactNode {
  return (
    <aside className="bill" aria-label="Bill" data-testid="bill">
      <div className="empty">
        <UtensilsCrossed aria-hidden="true" />
        <h3>No check in hand</h3>
        <p>Pick a table to open one or to go on with it.</p>
      </div>
    </aside>
  );
}

interface CheckProps {
  readonly order: OrderView;
  readonly onOrder: (orderId: string) => void;
}

function BillHead({ order, onOrder, onJourney }: CheckProps & Pick<BillPaneProps, 'onJourney'>): ReactNode {
  const session = useTill();
  const openedBy = session.staff.find((member) => member.staffId === order.openedBy)?.display;
  return (
    <header className="bill__head">
      <div>
        <h2 data-testid="bill-place">{placeName(order)}</h2>
        <p>
          {formatTime(order.openedAt)}
          {openedBy !== undefined && ` · ${openedBy}`}
        </p>
      </div>
      <div className="bill__ticket">
        <button
          type="button"
          title={`What happened to ${order.ticketNo}?`}
          data-testid="to-journey"
          onClick={() => onJourney(order.orderId)}
        >
          <strong data-testid="ticket-no">{order.ticketNo}</strong>
          <History aria-hidden="true" />
        </button>
        {order.status === 'open' ? (
          <PendingMark pending={order.pendingMutations} withWords />
        ) : (
          <span className="bill__ended">
            <PendingMark pending={order.pendingMutations} />
            <span className="badge" data-tone="quiet" data-testid="order-status">
              {order.status === 'closed' ? 'Closed' : 'Voided'}
            </span>
          </span>
        )}
      </div>
      {needsSomebody(order) && order.tableId !== null && (
        <button
          type="button"
          className="icon-button bill__new"
          aria-label="New check at this table"
          title="New check at this table"
          data-testid="new-check"
          onClick={() => void session.openOrder(order.tableId).then((opened) => opened && onOrder(opened.orderId))}
        >
          <Plus aria-hidden="true" />
        </button>
      )}
    </header>
  );
}

/** The open checks at this table, when there are several: two tills may each have opened one while they were apart. */
function ChecksHere({ order, onOrder }: CheckProps): ReactNode {
  const { tableId } = order;
  const open = useOpenOrders();
  const here = tableId === null ? [] : open.filter((each) => each.tableId === tableId);
  if (here.length < 2) return null;
  return (
    <nav className="checks" aria-label="Checks at this table">
      {here.map((check) => (
        <button
          key={check.orderId}
          type="button"
          className="check"
          aria-pressed={check.orderId === order.orderId}
          data-testid={`check-${check.ticketNo}`}
          onClick={() => onOrder(check.orderId)}
        >
          {check.ticketNo}
          <PendingMark pending={check.pendingMutations} />
        </button>
      ))}
    </nav>
  );
}

interface OrderNoticesProps {
  readonly orderId: string;
  readonly onConflict: (conflictId: string) => void;
}

/** What is to decide about this very check, and what a merge noticed about it. */
function OrderNotices({ orderId, onConflict }: OrderNoticesProps): ReactNode {
  const session = useTill();
  const conflicts = useConflicts().filter((conflict) => conflict.orderId === orderId);
  const open = conflicts.filter(({ status }) => status === 'open');
  const findings = useStatus(session).findings.filter(
    ({ recordId, code }) => recordId === orderId && !conflicts.some((conflict) => conflict.code === code),
  );
  if (open.length + findings.length === 0) return null;
  return (
    <ul className="bill__findings">
      {open.map((conflict) => (
        <li key={conflict.conflictId} data-tone="trouble">
          <button type="button" data-testid="bill-conflict" onClick={() => onConflict(conflict.conflictId)}>
            <GitMerge aria-hidden="true" />
            <span>
              <strong>To decide.</strong> {headlineOf(conflict, session.staff)}
            </span>
            <ChevronRight aria-hidden="true" />
          </button>
        </li>
      ))}
      {findings.map((finding) => (
        <li key={`${finding.code} ${finding.message}`} data-testid="bill-finding">
          <Info aria-hidden="true" />
          <span>
            <strong>{findingTitle(finding.code)}.</strong> {withNames(session.staff, finding.message)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Keeps the newest line in sight. */
function Scroll({ marker, children }: { readonly marker: number; readonly children: ReactNode }): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [marker]);
  return (
    <div className="bill__scroll" ref={box}>
      {children}
    </div>
  );
}
