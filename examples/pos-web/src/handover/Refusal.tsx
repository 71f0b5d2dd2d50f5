import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** Why it did not work, in the sheet where it was tried. */
export function Refusal({ text }: { readonly text: string | null }): ReactNode {
  return (
    <div role="alert">
      {text !== null && (
        <p className="handover__refusal" data-testid="handover-refusal">
          <CircleAlert aria-hidden="true" />
          {text}
        </p>
      )}
    </div>
  );
}
