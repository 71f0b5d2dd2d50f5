import { Wifi, WifiOff } from 'lucide-react';
import type { ReactNode } from 'react';
import type { TillSession } from '../till/TillSession.ts';
import { usePlugged } from '../till/useTill.ts';

/** Pulls the network cable of one till, and puts it back. */
export function NetworkSwitch({ session }: { readonly session: TillSession }): ReactNode {
  const plugged = usePlugged(session);
  return (
    <button
      type="button"
      role="switch"
      className="network-switch"
      aria-checked={plugged}
      aria-label={`Network of ${session.till.name}`}
      data-testid="network-switch"
      onClick={() => session.setPlugged(!plugged)}
    >
      {plugged ? <Wifi aria-hidden="true" /> : <WifiOff aria-hidden="true" />}
      <span className="network-switch__label">Network</span>
      <span className="network-switch__track" aria-hidden="true">
        <span />
      </span>
    </button>
  );
}
