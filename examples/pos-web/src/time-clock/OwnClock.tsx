import type { OnClockView } from '@auraconnect/offline-sync';
import { Coffee, LogIn, LogOut, UtensilsCrossed } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatAge, formatTime, useNow } from '../app/clock.ts';
import { readableId } from '../app/demoTills.ts';
import { staffName } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';

interface OwnClockProps {
  readonly staffId: string;
  /** Absent while they are not at work. */
  readonly present: OnClockView | undefined;
  readonly onClockOut: () => void;
}

/** What whoever works this till punches for themselves. */
export function OwnClock({ staffId, present, onClockOut }: OwnClockProps): ReactNode {
  const session = useTill();
  const now = useNow();
  const { clock, staff } = session;
  const role = staff.find((member) => member.staffId === staffId)?.role ?? 'server';
  return (
    <section
      className="own-clock"
      aria-label="Your clock"
      data-testid="own-clock"
      data-state={present ? (present.onBreak ? 'break' : 'work') : 'away'}
    >
      <h3>{staffName(staff, staffId)}</h3>
      <p className="own-clock__state" role="status">
        {stateText(present, now)}
      </p>
      <div className="own-clock__ways">
        {!present && (
          <button
            type="button"
            className="button button--good button--big"
            data-testid="clock-in"
            onClick={() => void clock.clockIn(role)}
          >
            <LogIn aria-hidden="true" />
            Clock in as {readableId(role).toLowerCase()}
          </button>
        )}
        {present?.onBreak && (
          <button
            type="button"
            className="button button--good button--big"
            data-testid="end-break"
            onClick={() => void clock.endBreak()}
          >
            <LogIn aria-hidden="true" />
            End the break
          </button>
        )}
        {present && !present.onBreak && (
          <>
            <button
              type="button"
              className="button button--big"
              data-testid="start-rest"
              onClick={() => void clock.startBreak('rest')}
            >
              <Coffee aria-hidden="true" />
              Rest break
            </button>
            <button
              type="button"
              className="button button--big"
              data-testid="start-meal"
              onClick={() => void clock.startBreak('meal')}
            >
              <UtensilsCrossed aria-hidden="true" />
              Meal break
            </button>
          </>
        )}
        {present && (
          <button type="button" className="button button--big" data-testid="clock-out" onClick={onClockOut}>
            <LogOut aria-hidden="true" />
            Clock out
          </button>
        )}
      </div>
    </section>
  );
}

function stateText(present: OnClockView | undefined, now: number): string {
  if (!present) return 'Not on the clock.';
  if (present.onBreak)
    return `On a break since ${formatTime(present.onBreak.since)}, ${formatAge(present.onBreak.since, now)}.`;
  return `At work since ${formatTime(present.since)}, ${formatAge(present.since, now)}.`;
}
