import './approval.css';
import type { GivenApproval } from '@auraconnect/offline-sync';
import { ShieldCheck } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { StaffMember } from '../app/demoTills.ts';
import { PinPad } from '../sign-in/PinPad.tsx';
import { usePinAttempt } from '../sign-in/usePinAttempt.ts';
import { StaffPicks } from '../staff/StaffPicks.tsx';
import { staffName } from '../staff/names.ts';
import { ReasonChoice } from '../ui/ReasonChoice.tsx';

interface ApprovalFormProps {
  readonly people: readonly StaffMember[];
  readonly usualReasons: readonly string[];
  /** What the button says that does it. */
  readonly action: string;
  /** Rejects with what is wrong with the approval; it may be given again. */
  readonly onApprove: (approval: GivenApproval) => Promise<void>;
}

/** Who approves, why, and their PIN: it is asked for each time, for it is good for one command. */
export function ApprovalForm({ people, usualReasons, action, onApprove }: ApprovalFormProps): ReactNode {
  const [staffId, setStaffId] = useState(people.length === 1 ? (people[0]?.staffId ?? null) : null);
  const [reason, setReason] = useState('');
  const name = staffId === null ? '' : staffName(people, staffId);
  const attempt = usePinAttempt(name, async (pin) => {
    if (staffId !== null && reason.trim() !== '') await onApprove({ staffId, pin, reason: reason.trim() });
  });
  const ready = attempt.ready && staffId !== null && reason.trim() !== '';
  const send = (): void => {
    if (ready) void attempt.send();
  };
  if (people.length === 0) return <p className="approval__nobody">Nobody else who could approve it has a PIN here.</p>;
  return (
    <form
      className="approval"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="approval__words">
        <fieldset className="approval__choice">
          <legend>Who approves it?</legend>
          <StaffPicks
            members={people}
            name="approver"
            testId="approver"
            picked={staffId}
            onPick={(picked) => {
              setStaffId(picked);
              attempt.reset();
            }}
          />
        </fieldset>
        <fieldset className="approval__choice">
          <ReasonChoice
            usual={usualReasons}
            reason={reason}
            testId="approval-reason"
            className="approval__reasons"
            onChange={setReason}
          />
        </fieldset>
      </div>
      <PinPad
        label={name === '' ? 'PIN of whoever approves it' : `PIN of ${name}`}
        attempt={{ ...attempt, ready, send: async () => send() }}
      />
      <button
        type="submit"
        className="button button--primary button--wide approval__confirm"
        aria-disabled={!ready}
        data-testid="approval-confirm"
      >
        <ShieldCheck aria-hidden="true" />
        {attempt.checking ? 'Checking …' : action}
      </button>
    </form>
  );
}
