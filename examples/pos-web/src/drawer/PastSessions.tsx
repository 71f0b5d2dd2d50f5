import type { DrawerSessionView } from '@auraconnect/offline-sync';
import type { ReactNode } from 'react';
import { formatTime } from '../app/clock.ts';
import { type Currency, formatMoney } from '../money/money.ts';
import { staffName } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';
import { findingText, overShortName } from './words.ts';

const SHOWN_MAX = 10;

interface PastSessionsProps {
  /** Closed ones, newest first. */
  readonly sessions: readonly DrawerSessionView[];
  readonly currency: Currency;
}

export function PastSessions({ sessions, currency }: PastSessionsProps): ReactNode {
  const { staff } = useTill();
  if (sessions.length === 0) return null;
  return (
    <section className="past-sessions" aria-label="Closed before">
      <h3>Closed before</h3>
      <ul>
        {sessions.slice(0, SHOWN_MAX).map(({ sessionId, closed, countedMinor, overShortMinor, findings }) => (
          <li key={sessionId} data-testid="past-session" data-over-short={overShortMinor}>
            <span>
              {closed && `${formatTime(closed.at)}, ${staffName(staff, closed.staffId)}`}
              {countedMinor !== null && ` · counted ${formatMoney(countedMinor, currency)}`}
            </span>
            {overShortMinor !== null && (
              <span className="badge" data-tone={overShortMinor === 0 ? 'good' : 'offline'}>
                {overShortName(overShortMinor)}
                {overShortMinor !== 0 && ` ${formatMoney(Math.abs(overShortMinor), currency)}`}
              </span>
            )}
            {findings.map((finding) => (
              <small key={finding.code}>{findingText(finding)}</small>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
