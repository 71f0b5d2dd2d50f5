import type { LineView, OrderView } from '@auraconnect/offline-sync';
import { type ReactNode, useState } from 'react';
import { currencyOf } from '../money/money.ts';
import { BillLine } from './BillLine.tsx';

interface BillLinesProps {
  readonly order: OrderView;
  readonly onVoid: (orderId: string, lineId: string) => void;
}

/** The lines; the one in hand shows its stepper, and the newest line is in hand until another is chosen. */
export function BillLines({ order, onVoid }: BillLinesProps): ReactNode {
  const [chosen, setChosen] = useState<{ readonly lineId: string | null; readonly among: number } | null>(null);
  const stillChosen = chosen !== null && chosen.among === order.lines.length;
  const inHand = stillChosen ? chosen.lineId : newest(order.lines)?.lineId;

  if (order.lines.length === 0) {
    return (
      <div className="empty empty--small">
        <h3>Nothing ordered yet</h3>
        <p>Tap a dish to put it on this check.</p>
      </div>
    );
  }
  return (
    <ol className="lines">
      {order.lines.map((line) => (
        <BillLine
          key={line.lineId}
          orderId={order.orderId}
          line={line}
          currency={currencyOf(order)}
          editable={order.status === 'open' && !line.voided}
          inHand={line.lineId === inHand}
          onChoose={(lineId) => setChosen({ lineId: lineId === inHand ? null : lineId, among: order.lines.length })}
          onVoid={onVoid}
        />
      ))}
    </ol>
  );
}

function newest(lines: readonly LineView[]): LineView | undefined {
  return lines.filter((line) => !line.voided).at(-1);
}
