import type { LineView } from '@auraconnect/offline-sync';
import { Ban } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { type Currency, formatAmount } from '../money/money.ts';
import { useTill } from '../till/useTill.ts';
import { Stepper } from '../ui/Stepper.tsx';
import { voidReasonName } from './voidReasons.ts';

const QTY_MAX = 9_999;

interface BillLineProps {
  readonly orderId: string;
  readonly line: LineView;
  readonly currency: Currency;
  readonly editable: boolean;
  readonly inHand: boolean;
  readonly onChoose: (lineId: string) => void;
  readonly onVoid: (orderId: string, lineId: string) => void;
}

export function BillLine({ orderId, line, currency, editable, inHand, onChoose, onVoid }: BillLineProps): ReactNode {
  const open = editable && inHand;
  return (
    <li
      className="line"
      data-testid={`line-${line.lineId}`}
      data-item={line.itemId}
      data-voided={line.voided}
      data-open={open}
    >
      <button
        type="button"
        className="line__face"
        aria-expanded={editable ? open : undefined}
        disabled={!editable}
        onClick={() => onChoose(line.lineId)}
      >
        <span className="line__qty" data-testid="line-qty">
          {line.qty}
        </span>
        <span className="line__text">
          <span className="line__name">{line.name}</span>
          {line.modifiers.length > 0 && (
            <span className="line__modifiers">{line.modifiers.map((modifier) => modifier.name).join(', ')}</span>
          )}
          {line.note !== null && line.note !== '' && <span className="line__note">“{line.note}”</span>}
          {line.voided && <span className="line__void">Voided: {voidReasonName(line.voidReason)}</span>}
          {line.comped && !line.voided && <span className="line__void">On the house</span>}
        </span>
        {!line.voided && <span className="line__amount">{formatAmount(line.grossMinor, currency)}</span>}
      </button>
      {open && <LineControls orderId={orderId} line={line} onVoid={onVoid} />}
    </li>
  );
}

interface LineControlsProps {
  readonly orderId: string;
  readonly line: LineView;
  readonly onVoid: (orderId: string, lineId: string) => void;
}

function LineControls({ orderId, line, onVoid }: LineControlsProps): ReactNode {
  const session = useTill();
  const target = useRef<number | null>(null);
  const underWay = useRef(0);

  /** Presses count from where the finger last went, not from what the disk has caught up with. */
  const step = async (by: 1 | -1): Promise<void> => {
    const qty = (target.current ?? line.qty) + by;
    if (qty < 1) return onVoid(orderId, line.lineId);
    if (qty > QTY_MAX) return;
    target.current = qty;
    underWay.current += 1;
    await session.setQty(orderId, line.lineId, qty);
    underWay.current -= 1;
    if (underWay.current === 0) target.current = null;
  };

  return (
    <div className="line__controls">
      <Stepper
        label={`Quantity of ${line.name}`}
        value={line.qty}
        onLess={() => void step(-1)}
        onMore={() => void step(1)}
      />
      <button
        type="button"
        className="button button--quiet-danger"
        data-testid="void-line"
        onClick={() => onVoid(orderId, line.lineId)}
      >
        <Ban aria-hidden="true" />
        Void
      </button>
    </div>
  );
}
