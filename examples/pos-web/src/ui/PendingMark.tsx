import './pending-mark.css';
import { CloudUpload } from 'lucide-react';
import type { ReactNode } from 'react';

/** Stands on an order as long as the server has not settled all of it. */
export function PendingMark({
  pending,
  withWords = false,
}: {
  readonly pending: number;
  readonly withWords?: boolean;
}): ReactNode {
  if (pending === 0) return null;
  return (
    <span className="pending-mark" data-testid="not-yet-sent" title="Not yet sent">
      <CloudUpload aria-hidden="true" />
      <span className={withWords ? undefined : 'visually-hidden'}>Not yet sent</span>
    </span>
  );
}
