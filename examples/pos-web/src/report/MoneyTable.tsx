import type { DayFigures, DayReport } from '@auraconnect/offline-sync';
import type { ReactNode } from 'react';
import { type Currency, formatMoney } from '../money/money.ts';
import { FigureTable, type Row } from './FigureTable.tsx';

type Amount = { [Name in keyof DayFigures]: DayFigures[Name] extends number ? Name : never }[keyof DayFigures];

interface Line {
  readonly amount: Amount;
  readonly name: string;
  readonly sum?: boolean;
  /** Left out while it is zero. */
  readonly rare?: boolean;
  readonly takenOff?: boolean;
}

/** From what was ordered down to what guests still owe: each sum follows from the rows above it. */
const LINES: readonly Line[] = [
  { amount: 'grossMinor', name: 'Gross sales' },
  { amount: 'compsMinor', name: 'Comps', takenOff: true },
  { amount: 'discountsMinor', name: 'Discounts', takenOff: true },
  { amount: 'includedTaxMinor', name: 'Tax inside prices', takenOff: true, rare: true },
  { amount: 'netMinor', name: 'Net sales', sum: true },
  { amount: 'serviceMinor', name: 'Service' },
  { amount: 'taxMinor', name: 'Tax' },
  { amount: 'totalMinor', name: 'Total', sum: true },
  { amount: 'paidMinor', name: 'Payments', takenOff: true },
  { amount: 'refundedMinor', name: 'Refunds' },
  { amount: 'balanceMinor', name: 'Still due', sum: true },
  { amount: 'tipsMinor', name: 'Tips' },
  { amount: 'voidsMinor', name: 'Voids' },
];

/** What the day came to: shown, and of it what the server has confirmed and what waits on this till. */
export function MoneyTable({
  report,
  currency,
}: {
  readonly report: DayReport;
  readonly currency: Currency;
}): ReactNode {
  const { figures, confirmed, pending } = report;
  const rows = LINES.filter(({ amount, rare = false }) => !rare || figures[amount] !== 0).map((line): Row => {
    const text = (of: DayFigures): string =>
      formatMoney(line.takenOff === true && of[line.amount] !== 0 ? -of[line.amount] : of[line.amount], currency);
    return {
      key: line.amount,
      name: line.name,
      cells: [text(confirmed), text(pending), text(figures)],
      sum: line.sum ?? false,
      minor: figures[line.amount],
    };
  });
  return (
    <FigureTable
      title="Sales and payments"
      testId="report-money"
      columns={['Amount', 'Confirmed', 'Pending', 'Shown']}
      rows={rows}
    />
  );
}
