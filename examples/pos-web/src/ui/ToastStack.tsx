import './toast.css';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { type ReactNode, useSyncExternalStore } from 'react';
import { useTill } from '../till/useTill.ts';

export function ToastStack(): ReactNode {
  const { toasts } = useTill();
  const shown = useSyncExternalStore(toasts.subscribe, toasts.shown);
  return (
    <div className="toasts" aria-live="assertive" data-testid="toasts">
      {shown.map((toast) => (
        <div key={toast.id} className="toast" data-tone={toast.tone} data-testid={`toast-${toast.tone}`}>
          {toast.tone === 'error' ? <CircleAlert aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
          <p>{toast.text}</p>
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => toasts.dismiss(toast.id)}>
            <X aria-hidden="true" />
          </button>
        </div>
      ))}
    </div>
  );
}
