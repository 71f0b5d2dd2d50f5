import './report.css';
import type { DayReport } from '@auraconnect/offline-sync';
import { ChartColumn, Lock, Printer } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { readableId } from '../app/demoTills.ts';
import { currencyOf, type Currency, formatMoney, formatRate } from '../money/money.ts';
import { useReport, useTill } from '../till/useTill.ts';
import { BarChart } from './BarChart.tsx';
import { Breakdowns } from './Breakdowns.tsx';
import { FigureTable } from './FigureTable.tsx';
import { MoneyTable } from './MoneyTable.tsx';
import { type Bar, categoryBars, dateText, headSentences, hourBars, hoursText } from './words.ts';

/** What the business day has come to so far, made of what this till knows: it works without a network, and it prints. */
export function ReportPane(): ReactNode {
  const { of: report, refused } = useReport();
  if (refused)
    return (
      <div className="empty" data-testid="report-refused" data-code={refused.code}>
        <Lock aria-hidden="true" />
        <h3>Not for everybody’s eyes</h3>
        <p>Shift leads and managers see the day’s figures. Hand over to one of them.</p>
      </div>
    );
  if (!report)
    return (
      <div className="empty" data-testid="report-missing">
        <ChartColumn aria-hidden="true" />
        <h3>No figures yet</h3>
        <p>They come with the menu, after the first sync.</p>
      </div>
    );
  return <Report report={report} />;
}

function Report({ report }: { readonly report: DayReport }): ReactNode {
  const { figures } = report;
  const { currency: code, currencyExponent: exponent } = report;
  const currency = useMemo(() => currencyOf({ currency: code, currencyExponent: exponent }), [code, exponent]);
  return (
    <article
      className="report"
      data-testid="report"
      data-date={report.businessDate}
      data-net={figures.netMinor}
      data-pending={report.pending.netMinor}
    >
      <header className="pane-head">
        <div>
          <h2>Today</h2>
          <p>
            {dateText(report.businessDate)} · {readableId(report.locationId)}
          </p>
        </div>
        <button
          type="button"
          className="button report__print"
          data-testid="report-print"
          onClick={() => window.print()}
        >
          <Printer aria-hidden="true" />
          Print
        </button>
      </header>
      <Provisional report={report} />
      <Tiles report={report} currency={currency} />
      <MoneyTable report={report} currency={currency} />
      <Chart
        title="Net sales by hour"
        column="Hour"
        testId="report-hour-chart"
        currency={currency}
        bars={hourBars(figures)}
      />
      <Chart
        title="Net sales by category"
        column="Category"
        testId="report-category-chart"
        currency={currency}
        bars={categoryBars(figures)}
        lying
      />
      <Breakdowns report={report} currency={currency} />
    </article>
  );
}

/** What the report cannot know stands before everything that it says. */
function Provisional({ report }: { readonly report: DayReport }): ReactNode {
  const [first, ...rest] = headSentences(report, useTill());
  return (
    <section className="report__provisional" data-testid="report-provisional" aria-label="What this report is made of">
      <strong>{first}</strong>
      <ul>
        {rest.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}

interface PartProps {
  readonly report: DayReport;
  readonly currency: Currency;
}

function Tiles({ report, currency }: PartProps): ReactNode {
  const { figures, averageCheckMinor, labour } = report;
  const money = (minor: number): string => formatMoney(minor, currency);
  const pending = report.pending.netMinor;
  const tiles = [
    {
      name: 'Net sales',
      value: money(figures.netMinor),
      more: pending === 0 ? 'all confirmed' : `${money(pending)} pending`,
    },
    {
      name: 'Average check',
      value: averageCheckMinor === null ? '–' : money(averageCheckMinor),
      more: closedText(figures),
    },
    { name: 'Open checks', value: String(figures.openChecks), more: `${money(figures.openDueMinor)} due` },
    { name: 'Guests', value: String(figures.guests), more: '' },
    {
      name: 'Hours',
      value: hoursText(labour?.minutes ?? 0),
      more: labour?.costPpm == null ? '' : `${formatRate(labour.costPpm)} of net`,
    },
  ];
  return (
    <dl className="report__tiles">
      {tiles.map(({ name, value, more }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          {more !== '' && <dd className="report__more">{more}</dd>}
        </div>
      ))}
    </dl>
  );
}

function closedText({ ordersClosed }: DayReport['figures']): string {
  return ordersClosed === 1 ? '1 order closed' : `${ordersClosed} orders closed`;
}

interface ChartProps {
  readonly title: string;
  readonly column: string;
  readonly testId: string;
  readonly bars: readonly Bar[];
  readonly currency: Currency;
  readonly lying?: boolean;
}

/** A chart, and the table of the same numbers. */
function Chart({ title, column, testId, bars, currency, lying = false }: ChartProps): ReactNode {
  return (
    <FigureTable
      title={title}
      testId={testId}
      columns={[column, 'Net sales']}
      empty="Nothing sold yet."
      picture={<BarChart title={title} bars={bars} currency={currency} lying={lying} />}
      rows={bars.map(({ label, minor }) => ({
        key: label,
        name: label,
        cells: [formatMoney(minor, currency)],
        minor,
      }))}
    />
  );
}
