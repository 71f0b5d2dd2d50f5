import { CloudCheck, CloudOff, CloudUpload, OctagonAlert, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatAge, useNow } from '../app/clock.ts';
import type { Tone } from '../status/words.ts';
import { useDecisionsOnTheirWay, usePlugged, useStatus, useTill } from '../till/useTill.ts';
import { linkWords } from './words.ts';

const ICONS: Readonly<Record<Tone, typeof CloudCheck>> = {
  good: CloudCheck,
  busy: CloudUpload,
  offline: CloudOff,
  trouble: OctagonAlert,
};

/** The link in plain words, when it last worked, when it is tried next, and a way not to wait for that. */
export function LinkCard(): ReactNode {
  const session = useTill();
  const status = useStatus(session);
  const { tone, title, advice } = linkWords(status, usePlugged(session), useDecisionsOnTheirWay());
  const Icon = ICONS[tone];
  return (
    <section className="link-card" data-tone={tone} data-connection={status.connection} data-testid="link-card">
      <Icon aria-hidden="true" />
      <div className="link-card__words" role="status">
        <h3>{title}</h3>
        <p>{advice}</p>
      </div>
      <dl className="link-card__times">
        <LastSuccess at={status.lastSyncAt} />
        <NextAttempt at={status.nextAttemptAt} exchanging={status.exchanging} paused={status.paused !== null} />
      </dl>
      <button
        type="button"
        className="button link-card__now"
        data-testid="sync-now"
        aria-disabled={status.paused !== null}
        onClick={() => {
          if (status.paused === null) session.engine.syncNow();
        }}
      >
        <RefreshCw aria-hidden="true" data-turning={status.exchanging} />
        Sync now
      </button>
      {status.lastErrorCode !== null && <small className="link-card__code">Last problem: {status.lastErrorCode}</small>}
    </section>
  );
}

function LastSuccess({ at }: { readonly at: string | null }): ReactNode {
  const now = useNow();
  return (
    <div>
      <dt>Last success</dt>
      <dd data-testid="last-success">{at === null ? 'not yet' : `${formatAge(at, now)} ago`}</dd>
    </div>
  );
}

interface NextAttemptProps {
  readonly at: string | null;
  readonly exchanging: boolean;
  readonly paused: boolean;
}

function NextAttempt({ at, exchanging, paused }: NextAttemptProps): ReactNode {
  const now = useNow();
  return (
    <div>
      <dt>Next try</dt>
      <dd data-testid="next-attempt">{nextWords(at, exchanging, paused, now)}</dd>
    </div>
  );
}

function nextWords(at: string | null, exchanging: boolean, paused: boolean, now: number): string {
  if (exchanging) return 'right now';
  if (paused) return 'stopped';
  if (at === null) return 'when there is a network';
  const seconds = Math.ceil((Date.parse(at) - now) / 1_000);
  if (seconds <= 0) return 'any moment';
  return seconds < 60 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;
}
