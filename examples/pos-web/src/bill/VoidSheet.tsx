import type { ReactNode } from 'react';
import { useOrder, useTill } from '../till/useTill.ts';
import { Sheet } from '../ui/Sheet.tsx';
import { VOID_REASONS } from './voidReasons.ts';

interface VoidSheetProps {
  readonly orderId: string;
  readonly lineId: string;
  readonly onClose: () => void;
}

export function VoidSheet({ orderId, lineId, onClose }: VoidSheetProps): ReactNode {
  const session = useTill();
  const line = useOrder(orderId)?.lines.find((each) => each.lineId === lineId);
  if (!line) return null;
  return (
    <Sheet
      title={`Void ${line.qty} × ${line.name}?`}
      subtitle="It stays on the check, struck through, with the reason."
      size="small"
      testId="void-sheet"
      onClose={onClose}
    >
      <div className="reasons">
        {VOID_REASONS.map((reason) => (
          <button
            key={reason.code}
            type="button"
            className="button button--wide"
            data-testid={`void-reason-${reason.code}`}
            onClick={() => {
              void session.voidLine(orderId, lineId, reason.code);
              onClose();
            }}
          >
            {reason.name}
          </button>
        ))}
      </div>
    </Sheet>
  );
}
