import './sheet.css';
import { ArrowLeft, X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';

interface SheetProps {
  readonly title: string;
  readonly subtitle?: string;
  readonly size?: 'small' | 'medium' | 'large' | 'wide';
  readonly testId: string;
  /** Where a sheet has several pages: the way to the one before. */
  readonly onBack?: (() => void) | undefined;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const FOCUSABLE =
  'button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]';

/**
 * A dialog over one till. The other till on the page stays usable, so it is not `showModal`, which would freeze the
 * whole page: the till behind it is `inert`, and Tab goes round inside.
 */
export function Sheet(props: SheetProps): ReactNode {
  const { title, subtitle, size = 'medium', testId, onBack, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const firstTitle = useRef(title);
  const titleId = useId();

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.show();
    return () => {
      if (before instanceof HTMLElement) queueMicrotask(() => before.focus({ preventScroll: true }));
    };
  }, []);

  // What was pressed to turn the page is gone with the old one, and the focus with it.
  useEffect(() => {
    if (firstTitle.current === title) return;
    firstTitle.current = '';
    heading.current?.focus({ preventScroll: true });
  }, [title]);

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
        <header className="sheet__head" data-back={onBack !== undefined}>
          {onBack && (
            <button type="button" className="icon-button" aria-label="Back" data-testid="sheet-back" onClick={onBack}>
              <ArrowLeft aria-hidden="true" />
            </button>
          )}
          <div>
            <h2 id={titleId} ref={heading} tabIndex={-1}>
              {title}
            </h2>
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
