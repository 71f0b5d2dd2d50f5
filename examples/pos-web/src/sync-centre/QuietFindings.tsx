import { Info } from 'lucide-react';
import type { ReactNode } from 'react';
import { withNames } from '../staff/names.ts';
import { findingTitle, ticketOf } from '../status/words.ts';
import { useConflicts, useStatus, useTill } from '../till/useTill.ts';

/** What merges noticed and settled by themselves. Nobody is called for it, so it is folded up and counted nowhere. */
export function QuietFindings(): ReactNode {
  const session = useTill();
  const conflicts = useConflicts();
  const findings = useStatus(session).findings.filter(
    ({ code, recordId }) => !conflicts.some((conflict) => conflict.code === code && conflict.recordId === recordId),
  );
  if (findings.length === 0) return null;
  return (
    <details className="quiet" data-testid="quiet-findings">
      <summary>
        <Info aria-hidden="true" />
        Good to know, nothing to do
      </summary>
      <ul>
        {findings.map((finding) => (
          <li key={`${finding.recordId} ${finding.code} ${finding.message}`} data-testid="finding">
            <strong>{findingTitle(finding.code)}</strong>
            <span>{withNames(session.staff, finding.message)}</span>
            <small>
              {ticketOf(finding.recordId, session.store.order(finding.recordId))} · {finding.code}
            </small>
          </li>
        ))}
      </ul>
    </details>
  );
}
