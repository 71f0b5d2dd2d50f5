import type { DayReport } from '@auraconnect/offline-sync';
import type { ReactNode } from 'react';
import { readableId } from '../app/demoTills.ts';
import { tableName } from '../floor/places.ts';
import { type Currency, formatMoney, formatRate } from '../money/money.ts';
import { staffName } from '../staff/names.ts';
import { useTill } from '../till/useTill.ts';
import { FigureTable } from './FigureTable.tsx';
import { hoursText, orderTypeName, paymentTypeName } from './words.ts';

/** Everything of a report that is told by a table alone. */
export function Breakdowns({
  report,
  currency,
}: {
  readonly report: DayReport;
  readonly currency: Currency;
}): ReactNode {
  const { staff } = useTill();
  const { figures, labour, drawers, openChecks } = report;
  const money = (minor: number): string => formatMoney(minor, currency);
  const nameOf = (staffId: string): string => staffName(staff, staffId);
  const tipsOf = (staffId: string): number =>
    figures.byStaffTips.find((tips) => tips.staffId === staffId)?.tipsMinor ?? 0;
  return (
    <div className="report__tables">
      <FigureTable
        title="Payments by type"
        testId="report-payments"
        columns={['Type', 'Count', 'Amount']}
        empty="Nobody has paid yet."
        rows={figures.byPayment.map(({ type, count, amountMinor }) => ({
          key: type,
          name: paymentTypeName(type),
          cells: [String(count), money(amountMinor)],
          minor: amountMinor,
        }))}
      />
      {figures.byRefund.length > 0 && (
        <FigureTable
          title="Refunds by type"
          testId="report-refunds"
          columns={['Type', 'Count', 'Amount']}
          rows={figures.byRefund.map(({ type, count, amountMinor }) => ({
            key: type,
            name: paymentTypeName(type),
            cells: [String(count), money(amountMinor)],
          }))}
        />
      )}
      <FigureTable
        title="Tax by rate"
        testId="report-taxes"
        columns={['Tax', 'Charged on', 'Tax amount']}
        empty="No tax yet."
        rows={figures.byTax.map(({ taxId, ratePpm, baseMinor, taxMinor }) => ({
          key: `${taxId} ${ratePpm}`,
          name: `${readableId(taxId)} ${formatRate(ratePpm)}`,
          cells: [money(baseMinor), money(taxMinor)],
        }))}
      />
      <FigureTable
        title="By staff"
        testId="report-staff"
        columns={['Name', 'Tips', 'Net sales']}
        empty="Nobody has sold anything yet."
        rows={figures.byStaff.map(({ staffId, netMinor }) => ({
          key: staffId,
          name: nameOf(staffId),
          cells: [money(tipsOf(staffId)), money(netMinor)],
        }))}
      />
      <FigureTable
        title="By order type"
        testId="report-order-types"
        columns={['Type', 'Net sales']}
        empty="Nothing sold yet."
        rows={figures.byOrderType.map(({ orderType, netMinor }) => ({
          key: orderType,
          name: orderTypeName(orderType),
          cells: [money(netMinor)],
        }))}
      />
      <FigureTable
        title="By item"
        testId="report-items"
        columns={['Item', 'Served', 'Net sales']}
        empty="Nothing sold yet."
        rows={[...figures.byItem]
          .sort((a, b) => b.netMinor - a.netMinor)
          .map(({ itemId, name, qty, netMinor }) => ({
            key: itemId,
            name: name ?? readableId(itemId),
            cells: [String(qty), money(netMinor)],
          }))}
      />
      <FigureTable
        title="Open checks"
        testId="report-open-checks"
        columns={['Check', 'Place', 'Due']}
        empty="Every check is closed."
        rows={openChecks.map(({ checkId, ticketNo, tableId, dueMinor }) => ({
          key: checkId,
          name: ticketNo,
          cells: [tableId === null ? 'No table' : tableName(tableId), money(dueMinor)],
        }))}
      />
      {labour !== null && labour.byStaff.length > 0 && (
        <FigureTable
          title="Hours"
          testId="report-hours"
          columns={['Name', 'Worked']}
          rows={labour.byStaff.map(({ staffId, minutes }) => ({
            key: staffId,
            name: nameOf(staffId),
            cells: [hoursText(minutes)],
          }))}
        />
      )}
      {drawers.closed.length > 0 && (
        <FigureTable
          title="Drawers"
          testId="report-drawers"
          columns={['Drawer', 'Expected', 'Counted', 'Over or short']}
          rows={drawers.closed.map(({ sessionId, drawerId, expectedMinor, countedMinor, overShortMinor }) => ({
            key: sessionId,
            name: readableId(drawerId),
            cells: [money(expectedMinor), money(countedMinor), money(overShortMinor)],
          }))}
        />
      )}
    </div>
  );
}
