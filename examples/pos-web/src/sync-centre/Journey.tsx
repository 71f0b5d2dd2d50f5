import type { JourneyStep } from '@auraconnect/offline-sync';
import { Check, CircleDashed, CircleX, Send } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatTime } from '../app/clock.ts';
import { staffName, withNames } from '../staff/names.ts';
import { useJourney, useTill } from '../till/useTill.ts';
import { changeName, stateWords } from './words.ts';

/** What became of every change that this till made to an order, oldest first. */
export function Journey({ orderId }: { readonly orderId: string }): ReactNode {
  const steps = useJourney(orderId);
  if (steps.length === 0) {
    return (
      <div className="empty empty--small">
        <h3>Nothing was done here</h3>
        <p>Another till made this order, or it is older than what this till keeps.</p>
      </div>
    );
  }
  return (
    <ol className="journey">
      {steps.map((step) => (
        <Step key={step.mutationId} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { readonly step: JourneyStep }): ReactNode {
  const { staff } = useTill();
  const { tone, text } = stateWords(step.state);
  return (
    <li className="journey__step" data-tone={tone} data-state={step.state} data-testid="journey-step">
      <div className="journey__head">
        <strong>{changeName(step.changeType)}</strong>
        <span>{staffName(staff, step.staffId)}</span>
      </div>
      <ol className="journey__way">
        <Stop name="Saved" at={step.madeAt} kind="done" />
        <Sending step={step} />
        <Arrival step={step} />
      </ol>
      {step.state !== 'applied' && (
        <p className="journey__state">
          {text}
          {step.message !== null && `: ${withNames(staff, step.message)}`}
        </p>
      )}
      {(step.code !== null || step.attempts > 1) && (
        <small>
          {[step.code, step.attempts > 1 ? `${step.attempts} tries` : null].filter((part) => part !== null).join(' · ')}
        </small>
      )}
    </li>
  );
}

/** The second stop. What was sent without an answer may never have left: during an outage it was only tried. */
function Sending({ step }: { readonly step: JourneyStep }): ReactNode {
  switch (step.state) {
    case 'waiting':
      return <Stop name="Sent" at={null} kind="ahead" />;
    case 'sent':
      return <Stop name="Tried" at={step.sentAt} kind="tried" />;
    case 'applied':
    case 'conflict':
    case 'held':
    case 'rejected':
    case 'skipped':
      return <Stop name="Sent" at={step.sentAt} kind="done" />;
  }
}

/** The third stop: it arrived, it was refused, or neither is known. */
function Arrival({ step }: { readonly step: JourneyStep }): ReactNode {
  switch (step.state) {
    case 'waiting':
    case 'sent':
      return <Stop name="Arrived" at={null} kind="ahead" />;
    case 'applied':
    case 'conflict':
    case 'held':
      return <Stop name="Arrived" at={step.decidedAt} kind="done" />;
    case 'rejected':
    case 'skipped':
      return <Stop name={stateWords(step.state).text} at={step.decidedAt} kind="refused" />;
  }
}

interface StopProps {
  readonly name: string;
  readonly at: string | null;
  readonly kind: 'done' | 'tried' | 'ahead' | 'refused';
}

const STOP_ICONS = { done: Check, tried: Send, ahead: CircleDashed, refused: CircleX } as const;

function Stop({ name, at, kind }: StopProps): ReactNode {
  const Icon = STOP_ICONS[kind];
  return (
    <li data-kind={kind}>
      <Icon aria-hidden="true" />
      <span>{kind === 'ahead' ? `not ${name.toLowerCase()}` : name}</span>
      {at !== null && <time dateTime={at}>{formatTime(at)}</time>}
    </li>
  );
}
