import './notices.css';
import { BellOff, FileWarning, GitMerge, HardDrive } from 'lucide-react';
import type { ReactNode } from 'react';
import { HandoverWays } from '../handover/HandoverWays.tsx';
import { useStatus, useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { findingTitle, noticeCount, readableCode, storageAdvice, storageTitle, ticketOf } from './words.ts';

interface NoticesSheetProps {
  readonly onClose: () => void;
  readonly onSaveUnsent: () => void;
  readonly onTakeOver: () => void;
}

/** What was refused, what merges noticed and what could not be read, in words. */
export function NoticesSheet({ onClose, onSaveUnsent, onTakeOver }: NoticesSheetProps): ReactNode {
  const session = useTill();
  const status = useStatus(session);
  const ticket = (recordId: string): string => ticketOf(recordId, session.store.order(recordId));
  return (
    <Sheet title="Notices" size="small" testId="notices-sheet" onClose={onClose}>
      <div className="notices" role="list">
        {status.parked.map((parked) => (
          <article key={parked.mutationId} role="listitem" className="notice" data-tone="trouble" data-testid="parked">
            <FileWarning aria-hidden="true" />
            <div>
              <h3>The server refused “{readableCode(parked.changeType).toLowerCase()}”</h3>
              <p>{parked.message}</p>
              <small>
                {ticket(parked.recordId)} · {parked.code}
              </small>
            </div>
          </article>
        ))}
        {status.findings.map((finding) => (
          <article
            key={`${finding.recordId} ${finding.code} ${finding.message}`}
            role="listitem"
            className="notice"
            data-tone="offline"
            data-testid="finding"
          >
            <GitMerge aria-hidden="true" />
            <div>
              <h3>{findingTitle(finding.code)}</h3>
              <p>{finding.message}</p>
              <small>
                {ticket(finding.recordId)} · {finding.code}
              </small>
            </div>
          </article>
        ))}
        {status.storage.state !== 'ok' && (
          <article role="listitem" className="notice" data-tone="trouble" data-testid="damaged">
            <HardDrive aria-hidden="true" />
            <div>
              <h3>{storageTitle(status.storage.state)}</h3>
              <p>{storageAdvice(status.storage)}</p>
            </div>
          </article>
        )}
        {noticeCount(status) === 0 && (
          <div className="empty">
            <BellOff aria-hidden="true" />
            <h3>Nothing needs you</h3>
            <p>When two tills change the same check, what was decided shows up here.</p>
          </div>
        )}
      </div>
      <HandoverWays onSaveUnsent={onSaveUnsent} onTakeOver={onTakeOver} />
    </Sheet>
  );
}
