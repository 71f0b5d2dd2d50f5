import type { ConflictView } from '@auraconnect/offline-sync';
import { ChevronRight, CircleCheck, GitMerge, Handshake, Send } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatTime } from '../app/clock.ts';
import { staffName } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';
import { headlineOf, placeOf } from './words.ts';

interface ConflictListProps {
  readonly conflicts: readonly ConflictView[];
  readonly onChoose: (conflictId: string) => void;
}

/** Those to decide first, then those whose decision is on its way, then those that are done. */
export function ConflictList({ conflicts, onChoose }: ConflictListProps): ReactNode {
  if (conflicts.length === 0) {
    return (
      <div className="empty">
        <Handshake aria-hidden="true" />
        <h3>Nothing to decide</h3>
        <p>When two tills change the same thing at the same time, you choose here what stands.</p>
      </div>
    );
  }
  return (
    <ul className="conflicts">
      {conflicts.map((conflict) => (
        <li key={conflict.conflictId}>
          <ConflictRow conflict={conflict} onChoose={onChoose} />
        </li>
      ))}
    </ul>
  );
}

const ICONS = { open: GitMerge, deciding: Send, resolved: CircleCheck } as const;

interface ConflictRowProps {
  readonly conflict: ConflictView;
  readonly onChoose: (conflictId: string) => void;
}

function ConflictRow({ conflict, onChoose }: ConflictRowProps): ReactNode {
  const { staff } = useTill();
  const Icon = ICONS[conflict.status];
  return (
    <button
      type="button"
      className="conflict-row"
      data-testid="conflict"
      data-status={conflict.status}
      data-code={conflict.code}
      data-conflict={conflict.conflictId}
      onClick={() => onChoose(conflict.conflictId)}
    >
      <Icon aria-hidden="true" />
      <span className="conflict-row__words">
        <span className="conflict-row__place">
          {placeOf(conflict)} · {formatTime(laterOf(conflict))}
        </span>
        <strong>{headlineOf(conflict, staff)}</strong>
        <StandsNow conflict={conflict} />
      </span>
      <ChevronRight aria-hidden="true" />
    </button>
  );
}

function StandsNow({ conflict }: { readonly conflict: ConflictView }): ReactNode {
  const { staff } = useTill();
  switch (conflict.status) {
    case 'open':
      return (
        <span className="badge" data-tone="trouble">
          To decide
        </span>
      );
    case 'deciding':
      return (
        <span className="badge" data-tone="offline">
          Decided here, on its way
        </span>
      );
    case 'resolved':
      return (
        <span className="badge" data-tone="good">
          {conflict.resolution?.by == null
            ? 'Decided by the house rule'
            : `Decided by ${staffName(staff, conflict.resolution.by)}`}
        </span>
      );
  }
}

function laterOf({ local, server }: ConflictView): string {
  return local.at > server.at ? local.at : server.at;
}
