import '../ui/pick.css';
import type { ConflictChoice, ConflictSide, ConflictView } from '@auraconnect/offline-sync';
import { CircleCheck, LogOut, Send } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatTime } from '../app/clock.ts';
import { mayDecide, staffName, withNames } from '../staff/names.ts';
import type { TillSession } from '../till/TillSession.ts';
import { useDuty, useTill } from '../till/useTill.ts';
import { ChoiceCard } from './ChoiceCard.tsx';
import { DeciderPicker } from './DeciderPicker.tsx';
import { choicesInOrder, headlineOf, whatStands, whereOf, whoAndWhen } from './words.ts';

/** One conflict: what happened, both values, and what can be done about it with the bill that each would give. */
export function ConflictDetail({ conflict }: { readonly conflict: ConflictView }): ReactNode {
  const session = useTill();
  return (
    <div className="conflict" data-testid="conflict-detail" data-status={conflict.status}>
      <p className="conflict__headline" data-testid="conflict-headline">
        {headlineOf(conflict, session.staff)}
      </p>
      <div className="conflict__sides">
        {inOrder(conflict).map((side) => (
          <SideCard key={side === conflict.local ? 'local' : 'server'} side={side} />
        ))}
      </div>
      {conflict.status === 'open' ? <Choices conflict={conflict} /> : <Decision conflict={conflict} />}
      <small className="conflict__code">
        {conflict.code} · {conflict.field}
      </small>
    </div>
  );
}

/** What was entered on this till stands first. */
function inOrder({ local, server }: ConflictView): readonly ConflictSide[] {
  return server.mine && !local.mine ? [server, local] : [local, server];
}

function SideCard({ side }: { readonly side: ConflictSide }): ReactNode {
  const session = useTill();
  const where = whereOf(side, session);
  return (
    <section className="conflict-side" data-mine={side.mine} data-testid="conflict-side" aria-label={where}>
      <h3>{where}</h3>
      <p>{side.valueText === '' ? 'Nothing' : withNames(session.staff, side.valueText)}</p>
      <small>{whoAndWhen(side, session.staff)}</small>
    </section>
  );
}

function Choices({ conflict }: { readonly conflict: ConflictView }): ReactNode {
  const session = useTill();
  const { signIn } = useDuty(session);
  const [picked, setStaffId] = useState(() => deciderAtTill(session));
  // A right to decide is not lent: where people sign in, a manager takes the till over for it.
  const staffId = signIn ? deciderAtTill(session) : picked;
  const [asked, setAsked] = useState(false);

  const decide = (choice: ConflictChoice, value: unknown): void => {
    if (staffId === null) return setAsked(true);
    void session.decide(conflict.conflictId, choice.choice, value, staffId);
  };

  return (
    <section className="conflict__choices" aria-label="What should stand">
      <h3>What should stand?</h3>
      {!signIn && <DeciderPicker staffId={staffId} asked={asked} onPick={setStaffId} />}
      {signIn && staffId === null && <ManagerNeeded asked={asked} />}
      {choicesInOrder(conflict).map((choice) => (
        <ChoiceCard
          key={choice.choice}
          conflict={conflict}
          choice={choice}
          onDecide={(value) => decide(choice, value)}
        />
      ))}
    </section>
  );
}

/** Whoever has signed in may not decide. */
function ManagerNeeded({ asked }: { readonly asked: boolean }): ReactNode {
  const session = useTill();
  return (
    <div className="decider" data-missing={asked} data-testid="manager-needed" role="status">
      <p>{asked ? 'First a manager signs in here.' : 'A manager decides, signed in on this till.'}</p>
      <button type="button" className="button" data-testid="hand-over-to-manager" onClick={() => session.handOver()}>
        <LogOut aria-hidden="true" />
        Hand over to a manager
      </button>
    </div>
  );
}

/** Whoever works the till decides where they may; otherwise a manager is asked for. */
function deciderAtTill({ staff, staffId }: TillSession): string | null {
  return mayDecide(staff.find((member) => member.staffId === staffId)) ? staffId : null;
}

/** Said here and not confirmed yet, or settled: by whom first. */
function Decision({ conflict }: { readonly conflict: ConflictView }): ReactNode {
  const { staff } = useTill();
  const { resolution } = conflict;
  const who = resolution?.by == null ? 'The house rule' : staffName(staff, resolution.by);
  const at = resolution?.at == null ? '' : ` at ${formatTime(resolution.at)}`;
  const deciding = conflict.status === 'deciding';
  return (
    <section
      className="conflict__decision"
      role="status"
      data-tone={deciding ? 'offline' : 'good'}
      data-testid="decision"
    >
      {deciding ? <Send aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
      <div>
        <h3>{deciding ? 'Decided here, on its way' : `${who} decided${at}`}</h3>
        {resolution !== null && <p>{whatStands(conflict, resolution.choice, staff)}</p>}
        {deciding && <p>It counts once the server has it. If somebody else was first, theirs stands.</p>}
      </div>
    </section>
  );
}
