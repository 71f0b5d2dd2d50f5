import './sheet.css';
import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';

interface SheetProps {
  readonly title: string;
  readonly subtitle?: string;
  readonly size?: 'small' | 'medium' | 'large';
  readonly testId: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const FOCUSABLE = 'button:not(:disabled), input:not(:disabled), select:not(:disabled), [tabindex="0"]';

/**
 * A dialog over one till. The other till on the page stays usable, so it is not `showModal`, which would freeze the
 * whole page: the till behind it is `inert`, and Tab goes round inside.
 */
export function Sheet({ title, subtitle, size = 'medium', testId, onClose, children }: SheetProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.show();
    return () => {
      if (before instanceof HTMLElement) queueMicrotask(() => before.focus({ preventScroll: true }));
    };
  }, []);

  return (
    <div className="sheet-layer">
      <div className="sheet-layer__shade" onClick={onClose} aria-hidden="true" />
      <dialog
        ref={dialog}
        className="sheet"
        data-size={size}
        data-testid={testId}
        aria-modal="true"
        aria-labelledby={titleId}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
          if (event.key === 'Tab') keepFocusInside(event);
        }}
      >
        <header className="sheet__head">
          <div>
            <h2 id={titleId}>{title}</h2>
            {subtitle !== undefined && <p>{subtitle}</p>}
          </div>
          <button
            type="button"
            className="icon-button"
            aria-label="Close this sheet"
            data-testid="sheet-close"
            onClick={onClose}
          >
            <X aria-hidden="true" />
          </button>
        </header>
        {children}
      </dialog>
    </div>
  );
}

function keepFocusInside(event: KeyboardEvent<HTMLDialogElement>): void {
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  const next = event.shiftKey ? stops.at(-1) : stops[0];
  if (document.activeElement !== edge || !next) return;
  event.preventDefault();
  next.focus();
}
