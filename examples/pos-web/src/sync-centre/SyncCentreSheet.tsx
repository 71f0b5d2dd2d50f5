import './sync-centre.css';
import type { OrderView } from '@auraconnect/offline-sync';
import { type ReactNode, useState } from 'react';
import { HandoverWays } from '../handover/HandoverWays.tsx';
import { placeName } from '../floor/places.ts';
import { useOrder, useStatus, useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { DiscardForm } from './DiscardForm.tsx';
import { Footing } from './Footing.tsx';
import { Journey } from './Journey.tsx';
import { LinkCard } from './LinkCard.tsx';
import { NeedsYou } from './NeedsYou.tsx';
import { OnlyHere } from './OnlyHere.tsx';
import { QuietFindings } from './QuietFindings.tsx';
import { SaveRecording } from './SaveRecording.tsx';
import { TicketSearch } from './TicketSearch.tsx';
import { UnsyncedList } from './UnsyncedList.tsx';

/** A page of the sync centre. */
type SyncCentrePage =
  | { readonly kind: 'overview' }
  | { readonly kind: 'journey'; readonly orderId: string }
  | { readonly kind: 'discard'; readonly mutationId: string };

interface SyncCentreSheetProps {
  /** Starts with what happened to this order. */
  readonly orderId?: string | undefined;
  readonly onClose: () => void;
  readonly onConflicts: () => void;
  readonly onSaveUnsent: () => void;
  readonly onTakeOver: () => void;
}

/** How this till and the server stand: what is only here, what was refused, and what became of a ticket. */
export function SyncCentreSheet(props: SyncCentreSheetProps): ReactNode {
  const session = useTill();
  const [page, setPage] = useState<SyncCentrePage>(
    props.orderId === undefined ? { kind: 'overview' } : { kind: 'journey', orderId: props.orderId },
  );
  const order = useOrder(page.kind === 'journey' ? page.orderId : null);
  const toOverview = (): void => setPage({ kind: 'overview' });
  // One dialog for all pages: it gives the focus back to what opened it.
  return (
    <Sheet
      {...headOf(page, order, session.till.name)}
      onBack={page.kind === 'overview' ? undefined : toOverview}
      onClose={props.onClose}
    >
      {page.kind === 'overview' && <Overview {...props} onPage={setPage} />}
      {page.kind === 'journey' && <Journey orderId={page.orderId} />}
      {page.kind === 'discard' && <Discarding mutationId={page.mutationId} onDone={toOverview} />}
    </Sheet>
  );
}

function headOf(page: SyncCentrePage, order: OrderView | undefined, tillName: string) {
  switch (page.kind) {
    case 'overview':
      return { title: 'Sync centre', subtitle: tillName, size: 'wide', testId: 'sync-centre' } as const;
    case 'journey':
      return {
        title: order ? `What happened to ${order.ticketNo}` : 'What happened to this ticket',
        subtitle: order ? placeName(order) : 'This till does not have it any more',
        testId: 'journey',
      } as const;
    case 'discard':
      return { title: 'Discard this change?', testId: 'discard' } as const;
  }
}

function Overview(props: SyncCentreSheetProps & { readonly onPage: (page: SyncCentrePage) => void }): ReactNode {
  const { onPage } = props;
  const showJourney = (orderId: string): void => onPage({ kind: 'journey', orderId });
  return (
    <div className="sync-centre">
      <div className="sync-centre__state">
        <LinkCard />
        <OnlyHere />
        <NeedsYou onConflicts={props.onConflicts} onDiscard={(mutationId) => onPage({ kind: 'discard', mutationId })} />
        <Footing />
      </div>
      <div className="sync-centre__orders">
        <UnsyncedList onJourney={showJourney} />
        <TicketSearch onJourney={showJourney} />
        <QuietFindings />
        <HandoverWays onSaveUnsent={props.onSaveUnsent} onTakeOver={props.onTakeOver} />
        <SaveRecording />
      </div>
    </div>
  );
}

interface DiscardingProps {
  readonly mutationId: string;
  readonly onDone: () => void;
}

function Discarding({ mutationId, onDone }: DiscardingProps): ReactNode {
  const parked = useStatus(useTill()).parked.find((each) => each.mutationId === mutationId);
  if (!parked) return <p className="sync-centre__gone">It is not waiting for anybody any more.</p>;
  return <DiscardForm parked={parked} onDone={onDone} />;
}
