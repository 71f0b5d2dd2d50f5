import './handover.css';
import { FileDown, FileInput } from 'lucide-react';
import type { ReactNode } from 'react';

interface HandoverWaysProps {
  readonly onSaveUnsent: () => void;
  readonly onTakeOver: () => void;
}

/** The two ways that lead around a broken link: out of this till, and into it. */
export function HandoverWays({ onSaveUnsent, onTakeOver }: HandoverWaysProps): ReactNode {
  return (
    <section className="handover-ways" aria-label="When a till cannot reach the server">
      <h3>When a till cannot reach the server</h3>
      <button type="button" className="button button--wide" data-testid="to-save-unsent" onClick={onSaveUnsent}>
        <FileDown aria-hidden="true" />
        Save unsent orders to a file
      </button>
      <button type="button" className="button button--wide" data-testid="to-take-over" onClick={onTakeOver}>
        <FileInput aria-hidden="true" />
        Take over another till’s file
      </button>
    </section>
  );
}
