import './time-clock.css';
import { type ReactNode, useId, useState } from 'react';
import { formatTime } from '../app/clock.ts';
import { staffName } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { fieldOfTime, type PunchOfCard, punchName } from './words.ts';

interface AmendSheetProps {
  readonly punch: PunchOfCard;
  readonly onClose: () => void;
}

/** Another time for a punch, with the reason. What was punched stays beside it. */
export function AmendSheet({ punch, onClose }: AmendSheetProps): ReactNode {
  const { clock, staff, staffId: own } = useTill();
  const { staffId, punchId, kind, at } = punch;
  const [time, setTime] = useState(fieldOfTime(at));
  const [reason, setReason] = useState('');
  const timeId = useId();
  const reasonId = useId();
  const ready = reason.trim() !== '' && !Number.isNaN(Date.parse(time));

  const save = async (): Promise<void> => {
    if (!ready) return;
    const amendment = { staffId, punchId, kind, at: new Date(time).toISOString(), reason: reason.trim() };
    if (await clock.amend({ ...amendment, acknowledged: own === staffId })) onClose();
  };

  return (
    <Sheet
      title={`Change: ${punchName(kind).toLowerCase()} ${formatTime(at)}`}
      subtitle={`${staffName(staff, staffId)} sees it and can agree.`}
      size="small"
      testId="amend-sheet"
      onClose={onClose}
    >
      <form
        className="clock-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label htmlFor={timeId}>The right time</label>
        <input
          id={timeId}
          type="datetime-local"
          className="field"
          data-testid="amend-time"
          value={time}
          onChange={(event) => setTime(event.target.value)}
        />
        <label htmlFor={reasonId}>Why</label>
        <input
          id={reasonId}
          type="text"
          className="field"
          maxLength={200}
          data-testid="amend-reason"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <button
          type="submit"
          className="button button--primary button--wide"
          aria-disabled={!ready}
          data-testid="amend-confirm"
        >
          Change it
        </button>
      </form>
    </Sheet>
  );
}
