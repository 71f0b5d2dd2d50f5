import './time-clock.css';
import type { OnClockView } from '@auraconnect/offline-sync';
import { Clock } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatAge, formatTime, useNow } from '../app/clock.ts';
import { readableId, type StaffMember } from '../app/demoTills.ts';
import { staffName } from '../staff/names.ts';
import type { StaffDuty } from '../till/EngineStore.ts';
import { useBooks, useDuty, useTill } from '../till/useTill.ts';
import { OwnClock } from './OwnClock.tsx';
import { Timecards } from './Timecards.tsx';
import type { PunchOfCard } from './words.ts';

interface ClockPaneProps {
  readonly onClockOut: () => void;
  readonly onAmend: (punch: PunchOfCard) => void;
}

/** Who is at work, one's own clock, and timecards; all of it without a network. */
export function ClockPane({ onClockOut, onAmend }: ClockPaneProps): ReactNode {
  const session = useTill();
  const duty = useDuty(session);
  const { onTheClock, timecards } = useBooks();
  const own = session.staffId;
  const [picked, setPicked] = useState<string | null>(null);
  const shown = mayReadAll(duty) ? (picked ?? own) : own;
  return (
    <article className="time-clock" data-testid="time-clock">
      <header className="pane-head">
        <h2>Clock</h2>
        <p>
          {onTheClock.length === 0
            ? 'Nobody is at work'
            : `${onTheClock.length} ${onTheClock.length === 1 ? 'person' : 'people'} at work`}
        </p>
      </header>
      <div className="time-clock__now">
        {own !== null && (
          <OwnClock staffId={own} present={onTheClock.find(({ staffId }) => staffId === own)} onClockOut={onClockOut} />
        )}
        <AtWork present={onTheClock} staff={session.staff} />
      </div>
      <section className="time-clock__cards" aria-label="Timecards">
        <div className="time-clock__cards-head">
          <h3>Timecards of the last two weeks</h3>
          {mayReadAll(duty) && (
            <label className="time-clock__whose">
              <span>Whose</span>
              <select
                className="field"
                data-testid="timecards-of"
                value={shown ?? ''}
                onChange={(event) => setPicked(event.target.value)}
              >
                {session.staff.map(({ staffId, display }) => (
                  <option key={staffId} value={staffId}>
                    {display}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        <Timecards cards={timecards.filter(({ staffId }) => staffId === shown)} own={own} onAmend={onAmend} />
      </section>
    </article>
  );
}

/** Others' hours are for those who may correct them; where nobody signs in, for everybody. */
function mayReadAll({ signIn, signedIn }: StaffDuty): boolean {
  return !signIn || (signedIn?.scopes.includes('shift.amend') ?? false);
}

interface AtWorkProps {
  readonly present: readonly OnClockView[];
  readonly staff: readonly StaffMember[];
}

function AtWork({ present, staff }: AtWorkProps): ReactNode {
  const now = useNow();
  return (
    <section className="at-work" aria-label="At work now">
      <h3>At work now</h3>
      {present.length === 0 && (
        <p className="at-work__nobody">
          <Clock aria-hidden="true" />
          Nobody has clocked in.
        </p>
      )}
      <ul>
        {present.map(({ staffId, since, job, onBreak }) => (
          <li key={staffId} data-testid={`at-work-${staffId}`} data-break={onBreak?.breakType ?? 'none'}>
            <span>
              <strong>{staffName(staff, staffId)}</strong>
              {job !== null && ` · ${readableId(job)}`}
            </span>
            <span className="at-work__since">
              since {formatTime(since)}, {formatAge(since, now)}
            </span>
            {onBreak && (
              <span className="badge" data-tone="offline">
                {readableId(onBreak.breakType ?? 'break')} break since {formatTime(onBreak.since)}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
