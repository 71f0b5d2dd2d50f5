import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatAge, useNow } from '../app/clock.ts';
import { useDecisionsOnTheirWay, usePlugged, useStatus, useTill } from '../till/useTill.ts';
import { needingSomebody, syncHeadline, waitingWords } from './words.ts';

/** Connection, queue depth, age of the oldest pending mutation, last sync; pressed anywhere it opens the sync centre. */
export function SyncLine({ onOpen }: { readonly onOpen: () => void }): ReactNode {
  const session = useTill();
  const status = useStatus(session);
  const headline = syncHeadline(status, usePlugged(session));
  const depth = status.queueDepth;
  const decisions = useDecisionsOnTheirWay();
  const needing = needingSomebody(status);
  return (
    <div className="sync-line" data-tone={headline.tone} data-testid="sync-line">
      <span className="sync-line__dot" data-exchanging={status.exchanging} aria-hidden="true" />
      <div>
        <strong role="status" data-testid="connection" data-connection={status.connection}>
          {headline.text}
        </strong>
        <span className="sync-line__details">
          {needing > 0 && (
            <span data-testid="needs-you" data-count={needing} className="sync-line__needs">
              {needing === 1 ? '1 needs you' : `${needing} need you`}
            </span>
          )}
          <span data-testid="queue-depth" data-depth={depth} className="sync-line__depth">
            {waitingWords(depth, decisions)}
          </span>
          {status.oldestPendingAt !== null && (
            <Age testId="oldest-age" before="oldest " since={status.oldestPendingAt} after="" />
          )}
          {status.lastSyncAt === null ? (
            <span data-testid="last-sync">
              {status.cursor === null ? 'never synced' : 'not synced since the start'}
            </span>
          ) : (
            <Age testId="last-sync" before="synced " since={status.lastSyncAt} after=" ago" />
          )}
        </span>
      </div>
      <ChevronRight aria-hidden="true" />
      <button
        type="button"
        className="sync-line__open"
        aria-label="Open the sync centre"
        data-testid="open-sync-centre"
        onClick={onOpen}
      />
    </div>
  );
}

interface AgeProps {
  readonly testId: string;
  readonly before: string;
  readonly since: string;
  readonly after: string;
}

/** The only part of the bar that the ticking clock renders again. */
function Age({ testId, before, since, after }: AgeProps): ReactNode {
  const now = useNow();
  return (
    <span data-testid={testId}>
      {before}
      {formatAge(since, now)}
      {after}
    </span>
  );
}
