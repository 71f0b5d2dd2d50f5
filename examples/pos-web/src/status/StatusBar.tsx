import './controls.css';
import './status.css';
import { Bell, ChevronDown, Maximize2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { readableId } from '../app/demoTills.ts';
import { pathOf } from '../app/route.ts';
import { useStatus, useTill } from '../till/useTill.ts';
import { NetworkSwitch } from './NetworkSwitch.tsx';
import { StaffPicker } from './StaffPicker.tsx';
import { SyncLine } from './SyncLine.tsx';
import { noticeCount } from './words.ts';

interface StatusBarProps {
  readonly picker: boolean;
  readonly onNotices: () => void;
}

export function StatusBar({ picker, onNotices }: StatusBarProps): ReactNode {
  const session = useTill();
  const { tenantId, locationId } = session.till.enrolment;
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
      <SyncLine />
      <div className="status-bar__controls">
        <NoticesButton onNotices={onNotices} />
        <StaffPicker />
        <NetworkSwitch session={session} />
      </div>
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

function NoticesButton({ onNotices }: { readonly onNotices: () => void }): ReactNode {
  const count = noticeCount(useStatus(useTill()));
  return (
    <button
      type="button"
      className="icon-button notices-button"
      data-testid="notices"
      data-count={count}
      aria-label={count === 0 ? 'No notices' : `${count} notices`}
      onClick={onNotices}
    >
      <Bell aria-hidden="true" />
      {count > 0 && <span className="notices-button__count">{count > 99 ? '99+' : count}</span>}
    </button>
  );
}
