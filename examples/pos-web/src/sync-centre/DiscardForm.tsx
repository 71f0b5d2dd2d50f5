import type { ParkedMutation } from '@auraconnect/offline-sync';
import { Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatTime } from '../app/clock.ts';
import { ApprovalForm } from '../approval/ApprovalForm.tsx';
import { StaffPicks } from '../staff/StaffPicks.tsx';
import { deciders, staffName, withNames } from '../staff/names.ts';
import { useDuty, useTill } from '../till/useTill.ts';
import { changeName } from './words.ts';
import { ReasonChoice } from '../ui/ReasonChoice.tsx';

const USUAL_REASONS = ['Entered twice', 'Wrong table', 'Put right by hand'] as const;

interface DiscardFormProps {
  readonly parked: ParkedMutation;
  readonly onDone: () => void;
}

/** Gives refused work up. What was sold is sold: a manager other than whoever entered it stands for it, with a reason. */
export function DiscardForm(props: DiscardFormProps): ReactNode {
  const { signIn } = useDuty(useTill());
  return signIn ? <DiscardByPin {...props} /> : <DiscardByWord {...props} />;
}

/** Where people sign in, the manager's PIN says that it is them. */
function DiscardByPin({ parked, onDone }: DiscardFormProps): ReactNode {
  const session = useTill();
  return (
    <>
      <div className="discard">
        <RefusedWork parked={parked} />
      </div>
      <ApprovalForm
        people={deciders(session.staff, parked.staffId)}
        usualReasons={USUAL_REASONS}
        action="Discard it"
        onApprove={async (approval) => {
          await session.discardByPin(parked.mutationId, approval);
          onDone();
        }}
      />
    </>
  );
}

function RefusedWork({ parked }: { readonly parked: ParkedMutation }): ReactNode {
  const session = useTill();
  return (
    <p className="discard__what">
      <strong>{changeName(parked.changeType)}</strong>
      {parked.ticketNo !== null && ` on ${parked.ticketNo}`}, {staffName(session.staff, parked.staffId)} at{' '}
      {formatTime(parked.madeAt)}. {withNames(session.staff, parked.message)}
    </p>
  );
}

/** Where nobody signs in, whoever works the till says which manager stands for it. */
function DiscardByWord({ parked, onDone }: DiscardFormProps): ReactNode {
  const session = useTill();
  const [approvedBy, setApprovedBy] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const managers = deciders(session.staff, parked.staffId);
  const ready = approvedBy !== null && reason.trim() !== '';

  const discard = async (): Promise<void> => {
    if (approvedBy === null || reason.trim() === '') return;
    if (await session.discard(parked.mutationId, approvedBy, reason.trim())) onDone();
  };

  return (
    <form
      className="discard"
      onSubmit={(event) => {
        event.preventDefault();
        void discard();
      }}
    >
      <RefusedWork parked={parked} />
      <fieldset className="discard__choice">
        <legend>Which manager says so?</legend>
        <StaffPicks members={managers} name="approved-by" testId="approve" picked={approvedBy} onPick={setApprovedBy} />
        {managers.length === 0 && <p>No other manager is on this till’s list.</p>}
      </fieldset>
      <fieldset className="discard__choice">
        <ReasonChoice
          usual={USUAL_REASONS}
          reason={reason}
          testId="discard-reason"
          className="discard__reasons"
          onChange={setReason}
        />
      </fieldset>
      <button
        type="submit"
        className="button button--wide discard__confirm"
        aria-disabled={!ready}
        data-testid="discard-confirm"
      >
        <Trash2 aria-hidden="true" />
        Discard it
      </button>
      <p className="discard__trace">Who discarded what, and why, stays on record.</p>
    </form>
  );
}
