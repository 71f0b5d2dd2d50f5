import './who-works.css';
import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { readableId } from '../app/demoTills.ts';
import { initials, staffName } from '../staff/names.ts';
import { useDuty, useTill } from '../till/useTill.ts';

/** Who has signed in, and the way to hand the till over. */
export function WhoWorks(): ReactNode {
  const session = useTill();
  const { people, signedIn } = useDuty(session);
  const name = signedIn ? staffName(people, signedIn.staffId) : 'Nobody';
  return (
    <div className="who-works" data-testid="who-works" data-staff={signedIn?.staffId ?? 'nobody'}>
      <span className="staff-picker__initials" aria-hidden="true">
        {initials(name)}
      </span>
      <span className="who-works__name">
        <strong>{name}</strong>
        <span>{signedIn ? readableId(signedIn.role) : 'Not signed in'}</span>
      </span>
      <button type="button" data-testid="hand-over" onClick={() => session.handOver()}>
        <LogOut aria-hidden="true" />
        <span>Hand over</span>
      </button>
    </div>
  );
}

/** There while the grant of whoever works here has ended: calmly, for what guests need goes on. */
export function LimitedNote(): ReactNode {
  const { signedIn } = useDuty(useTill());
  if (!signedIn?.limited) return null;
  return (
    <p className="limited-note" role="status" data-testid="limited-note">
      <strong>Limited mode.</strong> This till has not heard from the server for long. Orders, payments and clocking out
      go on; comps, refunds and voids after the kitchen knows wait until it is online again.
    </p>
  );
}
