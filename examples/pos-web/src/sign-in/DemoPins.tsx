import type { ReactNode } from 'react';
import { useTill } from '../till/useTill.ts';

/** The demo's PINs, for a newcomer who knows none. They come with the demo's tills; no server tells anybody a PIN. */
export function DemoPins(): ReactNode {
  const session = useTill();
  const shown = session.staff.filter(({ staffId }) => session.demoPins[staffId] !== undefined);
  if (shown.length === 0) return null;
  return (
    <aside className="demo-pins" data-testid="demo-pins" aria-label="PINs of the demo">
      <strong>PINs of this demo</strong>
      <ul>
        {shown.map(({ staffId, display }) => (
          <li key={staffId}>
            {display} <code>{session.demoPins[staffId]}</code>
          </li>
        ))}
      </ul>
      <p>Made up for this demo: a till of yours never shows one.</p>
    </aside>
  );
}
