import './two-tills.css';
import { type ReactNode, useState } from 'react';
import { TillScreen } from '../till/TillScreen.tsx';
import type { TillSession } from '../till/TillSession.ts';
import { useStatus } from '../till/useTill.ts';
import { ServerStrip } from './ServerStrip.tsx';

interface TwoTillsPageProps {
  readonly first: TillSession;
  readonly second: TillSession;
}

/** Two tills and the server on one screen, to watch an outage and the reunion; on a phone the tills are tabs. */
export function TwoTillsPage({ first, second }: TwoTillsPageProps): ReactNode {
  const [front, setFront] = useState(first.testId);
  return (
    <main className="two-tills" data-front={front}>
      <ServerStrip first={first} second={second} />
      <nav className="till-tabs" aria-label="Tills">
        {[first, second].map((session) => (
          <TillTab
            key={session.testId}
            session={session}
            front={front === session.testId}
            onPick={() => setFront(session.testId)}
          />
        ))}
      </nav>
      {[first, second].map((session) => (
        <div key={session.testId} className="two-tills__till" data-front={front === session.testId}>
          <TillScreen session={session} />
        </div>
      ))}
    </main>
  );
}

interface TillTabProps {
  readonly session: TillSession;
  readonly front: boolean;
  readonly onPick: () => void;
}

function TillTab({ session, front, onPick }: TillTabProps): ReactNode {
  const depth = useStatus(session).queueDepth;
  return (
    <button type="button" aria-pressed={front} data-testid={`tab-${session.testId}`} onClick={onPick}>
      {session.till.name}
      {depth > 0 && <span className="till-tabs__depth">{depth}</span>}
    </button>
  );
}
