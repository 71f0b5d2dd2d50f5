import './controls.css';
import './status.css';
import { ChevronDown, GitMerge, Maximize2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { readableId } from '../app/demoTills.ts';
import { pathOf } from '../app/route.ts';
import { LimitedNote, WhoWorks } from '../sign-in/WhoWorks.tsx';
import { useDuty, useStatus, useTill } from '../till/useTill.ts';
import { NetworkSwitch } from './NetworkSwitch.tsx';
import { StaffPicker } from './StaffPicker.tsx';
import { SyncLine } from './SyncLine.tsx';

interface StatusBarProps {
  readonly picker: boolean;
  readonly onSyncCentre: () => void;
  readonly onConflicts: () => void;
}

export function StatusBar({ picker, onSyncCentre, onConflicts }: StatusBarProps): ReactNode {
  const session = useTill();
  const { tenantId, locationId } = session.till.enrolment;
  const { signIn } = useDuty(session);
  return (
    <header className="status-bar">
      <div className="status-bar__who">
        <DevicePrefix />
        <div className="status-bar__title">
          {picker ? (
            <TillPicker />
          ) : (
            <a href={pathOf({ page: 'one-till', till: session.letter })} title={`Open ${session.till.name} alone`}>
              {session.till.name}
              <Maximize2 aria-hidden="true" />
            </a>
          )}
          <span>
            {readableId(tenantId)} · {readableId(locationId)}
          </span>
        </div>
      </div>
      <SyncLine onOpen={onSyncCentre} />
      <div className="status-bar__controls">
        <InboxButton onConflicts={onConflicts} />
        {signIn ? <WhoWorks /> : <StaffPicker />}
        <NetworkSwitch session={session} />
      </div>
      <LimitedNote />
    </header>
  );
}

function DevicePrefix(): ReactNode {
  const session = useTill();
  const prefix = useStatus(session).devicePrefix ?? session.till.enrolment.devicePrefix;
  return (
    <span className="device-prefix" data-testid="device-prefix" title={`This device's tickets start with ${prefix}`}>
      {prefix}
    </span>
  );
}

/** Plain links: another till is another device, so the page starts afresh with that device's store. */
function TillPicker(): ReactNode {
  const session = useTill();
  return (
    <span className="till-picker">
      <label>
        <span className="visually-hidden">Which till this is</span>
        <select
          data-testid="till-picker"
          value={session.testId}
          onChange={(event) => location.assign(event.target.value)}
        >
          <option value={session.testId}>{session.till.name}</option>
          {session.letter === 'b' ? (
            <option value={pathOf({ page: 'one-till', till: 'a' })}>Till A</option>
          ) : (
            <option value={pathOf({ page: 'one-till', till: 'b' })}>Till B</option>
          )}
          <option value={pathOf({ page: 'two-tills' })}>Both tills side by side</option>
        </select>
        <ChevronDown aria-hidden="true" />
      </label>
    </span>
  );
}

/** The way to the conflict inbox, with how many wait for a decision. */
function InboxButton({ onConflicts }: { readonly onConflicts: () => void }): ReactNode {
  const count = useStatus(useTill()).conflictsOpen;
  return (
    <button
      type="button"
      className="icon-button inbox-button"
      data-testid="conflict-inbox"
      data-count={count}
      aria-label={count === 0 ? 'Conflicts: none to decide' : `Conflicts: ${count} to decide`}
      title="Conflicts"
      onClick={onConflicts}
    >
      <GitMerge aria-hidden="true" />
      {count > 0 && <span className="inbox-button__count">{count > 99 ? '99+' : count}</span>}
    </button>
  );
}
