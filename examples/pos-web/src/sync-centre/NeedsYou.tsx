import type { ParkedMutation } from '@auraconnect/offline-sync';
import { ChevronRight, FileWarning, GitMerge, RotateCcw, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatTime } from '../app/clock.ts';
import { staffName, withNames } from '../staff/names.ts';
import { useStatus, useTill } from '../till/useTill.ts';
import { changeName } from './words.ts';

interface NeedsYouProps {
  readonly onConflicts: () => void;
  readonly onDiscard: (mutationId: string) => void;
}

/** What goes no further without a person; not there while there is nothing. */
export function NeedsYou({ onConflicts, onDiscard }: NeedsYouProps): ReactNode {
  const { conflictsOpen, parked } = useStatus(useTill());
  if (conflictsOpen === 0 && parked.length === 0) return null;
  return (
    <section className="needs-you" aria-label="Needs you">
      <h3>Needs you</h3>
      {conflictsOpen > 0 && (
        <button type="button" className="needs-you__conflicts" data-testid="to-conflicts" onClick={onConflicts}>
          <GitMerge aria-hidden="true" />
          <span>{conflictsOpen === 1 ? 'One conflict to decide' : `${conflictsOpen} conflicts to decide`}</span>
          <ChevronRight aria-hidden="true" />
        </button>
      )}
      {parked.map((each) => (
        <ParkedCard key={each.mutationId} parked={each} onDiscard={onDiscard} />
      ))}
    </section>
  );
}

interface ParkedCardProps {
  readonly parked: ParkedMutation;
  readonly onDiscard: (mutationId: string) => void;
}

/** One change that the server refused: why, whose it was, and the two things that can be done. */
function ParkedCard({ parked, onDiscard }: ParkedCardProps): ReactNode {
  const session = useTill();
  return (
    <article className="parked" data-testid="parked" data-code={parked.code}>
      <FileWarning aria-hidden="true" />
      <div className="parked__words">
        <h4>Refused: {changeName(parked.changeType).toLowerCase()}</h4>
        <p>{withNames(session.staff, parked.message)}</p>
        <p className="parked__who">
          {[parked.ticketNo, staffName(session.staff, parked.staffId), formatTime(parked.madeAt)]
            .filter((part) => part !== null)
            .join(' · ')}
        </p>
        <small>{parked.code}</small>
      </div>
      <div className="parked__ways">
        <button
          type="button"
          className="button"
          data-testid="parked-retry"
          onClick={() => void session.retry(parked.mutationId)}
        >
          <RotateCcw aria-hidden="true" />
          Retry
        </button>
        <button
          type="button"
          className="button button--quiet-danger"
          data-testid="parked-discard"
          onClick={() => onDiscard(parked.mutationId)}
        >
          <Trash2 aria-hidden="true" />
          Discard
        </button>
      </div>
    </article>
  );
}
