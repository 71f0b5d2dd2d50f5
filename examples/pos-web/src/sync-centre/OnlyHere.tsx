import { Banknote, ReceiptText } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatMoney } from '../money/money.ts';
import { useCurrency, useStatus, useTill } from '../till/useTill.ts';
import { changeCount, orderCount } from './words.ts';

/** What would be gone with this till: the money and the orders that are nowhere else. */
export function OnlyHere(): ReactNode {
  const { moneyAtRiskMinor, unsynced, queueDepth } = useStatus(useTill());
  return (
    <ul className="only-here" aria-label="Only on this till">
      <MoneyHere minor={moneyAtRiskMinor} />
      <li data-tone={queueDepth > 0 ? 'offline' : 'good'} data-testid="orders-here" data-count={unsynced.length}>
        <ReceiptText aria-hidden="true" />
        <strong>{queueDepth > 0 ? `${orderCount(unsynced.length)} only here` : 'No order only here'}</strong>
        <span>{queueDepth > 0 ? `${changeCount(queueDepth)} to send` : 'all have arrived'}</span>
      </li>
    </ul>
  );
}

function MoneyHere({ minor }: { readonly minor: number }): ReactNode {
  const currency = useCurrency();
  const some = minor > 0 && currency !== null;
  return (
    <li data-tone={some ? 'offline' : 'good'} data-testid="money-at-risk" data-minor={minor}>
      <Banknote aria-hidden="true" />
      <strong>{some ? `${formatMoney(minor, currency)} only here` : 'No money only here'}</strong>
      <span>{some ? 'paid, not sent yet' : 'all has arrived'}</span>
    </li>
  );
}
