import './sign-in.css';
import { ArrowLeft, LogIn } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { readableId, type StaffMember } from '../app/demoTills.ts';
import { deciders, staffName } from '../staff/names.ts';
import { useDuty, useTill } from '../till/useTill.ts';
import { DemoPins } from './DemoPins.tsx';
import { People } from './People.tsx';
import { PinPad } from './PinPad.tsx';
import { usePinAttempt } from './usePinAttempt.ts';

type Step =
  | { readonly kind: 'people' }
  | { readonly kind: 'pin'; readonly staffId: string }
  | { readonly kind: 'manager'; readonly staffId: string }
  | { readonly kind: 'unblock'; readonly staffId: string; readonly managerId: string };

/** Lies over the till while nobody has signed in. Open orders stay behind it as they are. */
export function SignInScreen(): ReactNode {
  const session = useTill();
  const { people } = useDuty(session);
  const [step, setStep] = useState<Step>({ kind: 'people' });
  const screen = useRef<HTMLElement>(null);
  const headingId = useId();
  const { tenantId, locationId } = session.till.enrolment;
  const who = people.filter(({ active, canSignIn }) => active && canSignIn);
  const nameOf = (staffId: string): string => staffName(people, staffId);
  const toPeople = (): void => setStep({ kind: 'people' });

  // What was pressed to come here is behind the screen, and the focus with it.
  useEffect(() => {
    if (step.kind === 'people' || step.kind === 'manager') screen.current?.focus({ preventScroll: true });
  }, [step.kind]);

  return (
    <section
      ref={screen}
      className="sign-in"
      role="dialog"
      aria-modal="true"
      aria-labelledby={headingId}
      tabIndex={-1}
      data-testid="sign-in"
      data-step={step.kind}
    >
      <header className="sign-in__head">
        <span className="device-prefix" aria-hidden="true">
          {session.till.enrolment.devicePrefix}
        </span>
        <div>
          <strong>{session.till.name}</strong>
          <span>
            {readableId(tenantId)} · {readableId(locationId)}
          </span>
        </div>
      </header>
      <div className="sign-in__card">
        {step.kind !== 'people' && (
          <button type="button" className="button sign-in__back" data-testid="sign-in-back" onClick={toPeople}>
            <ArrowLeft aria-hidden="true" />
            Somebody else
          </button>
        )}
        <h2 id={headingId}>{headingOf(step, nameOf)}</h2>
        {step.kind === 'people' && (
          <>
            <People people={who} testId="person" onChoose={(staffId) => setStep({ kind: 'pin', staffId })} />
            <DemoPins />
          </>
        )}
        {step.kind === 'pin' && (
          <SignInPad
            key={step.staffId}
            staffId={step.staffId}
            onAskManager={() => setStep({ kind: 'manager', staffId: step.staffId })}
          />
        )}
        {step.kind === 'manager' && (
          <Managers
            managers={deciders(people, step.staffId)}
            onChoose={(managerId) => setStep({ kind: 'unblock', staffId: step.staffId, managerId })}
          />
        )}
        {step.kind === 'unblock' && (
          <UnblockPad
            staffId={step.staffId}
            managerId={step.managerId}
            onDone={() => setStep({ kind: 'pin', staffId: step.staffId })}
          />
        )}
      </div>
    </section>
  );
}

function headingOf(step: Step, nameOf: (staffId: string) => string): string {
  switch (step.kind) {
    case 'people':
      return 'Who is working?';
    case 'pin':
      return nameOf(step.staffId);
    case 'manager':
    case 'unblock':
      return `Let ${nameOf(step.staffId)} try again`;
  }
}

interface SignInPadProps {
  readonly staffId: string;
  readonly onAskManager: () => void;
}

function SignInPad({ staffId, onAskManager }: SignInPadProps): ReactNode {
  const session = useTill();
  const name = staffName(session.staff, staffId);
  const attempt = usePinAttempt(name, async (pin) => {
    await session.signIn(staffId, pin);
  });
  const stuck = attempt.refusal?.code === 'PIN_BLOCKED' || attempt.refusal?.code === 'PIN_LOCKED';
  return (
    <>
      <PinPad label={`PIN of ${name}`} attempt={attempt} autoFocus />
      <button
        type="button"
        className="button button--primary button--wide"
        data-testid="sign-in-confirm"
        aria-disabled={!attempt.ready}
        onClick={() => void attempt.send()}
      >
        <LogIn aria-hidden="true" />
        {attempt.checking ? 'Checking …' : 'Sign in'}
      </button>
      {stuck && (
        <button type="button" className="button button--wide" data-testid="ask-manager" onClick={onAskManager}>
          Ask a manager
        </button>
      )}
    </>
  );
}

interface ManagersProps {
  readonly managers: readonly StaffMember[];
  readonly onChoose: (staffId: string) => void;
}

function Managers({ managers, onChoose }: ManagersProps): ReactNode {
  if (managers.length === 0) return <p className="sign-in__note">No other manager can sign in on this till.</p>;
  return (
    <>
      <p className="sign-in__note">Which manager is with you?</p>
      <People people={managers} testId="manager" onChoose={onChoose} />
    </>
  );
}

interface UnblockPadProps {
  readonly staffId: string;
  readonly managerId: string;
  readonly onDone: () => void;
}

function UnblockPad({ staffId, managerId, onDone }: UnblockPadProps): ReactNode {
  const session = useTill();
  const name = staffName(session.staff, managerId);
  const attempt = usePinAttempt(name, async (pin) => {
    await session.engine.staff.unblock(staffId, { staffId: managerId, pin });
    onDone();
  });
  return (
    <>
      <PinPad label={`PIN of ${name}`} attempt={attempt} autoFocus />
      <button
        type="button"
        className="button button--primary button--wide"
        data-testid="unblock-confirm"
        aria-disabled={!attempt.ready}
        onClick={() => void attempt.send()}
      >
        {attempt.checking ? 'Checking …' : 'Let them try again'}
      </button>
    </>
  );
}
