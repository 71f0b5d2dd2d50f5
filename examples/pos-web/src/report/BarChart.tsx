import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';
import { type ReactNode, useEffect, useRef } from 'react';
import { type Currency, decimalText, formatMoney } from '../money/money.ts';
import type { Bar } from './words.ts';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const BAR_PX_MAX = 44;

interface BarChartProps {
  /** What the bars are, e.g. `Net sales by hour`. */
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly currency: Currency;
  /** Lies on its side, for labels that are words. */
  readonly lying?: boolean;
}

/**
 * Amounts as bars. A picture for those who see it: the same numbers stand in a table beside it, so that nobody needs it, and the
 * picture only says what it shows.
 */
export function BarChart({ title, bars, currency, lying = false }: BarChartProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<'bar', number[], string> | null>(null);

  useEffect(() => {
    if (!canvas.current) return;
    const drawn = new Chart(canvas.current, {
      type: 'bar',
      data: { labels: [], datasets: [{ data: [], maxBarThickness: BAR_PX_MAX, borderRadius: 4 }] },
      options: {
        animation: false,
        maintainAspectRatio: false,
        indexAxis: lying ? 'y' : 'x',
        scales: lying
          ? { x: { beginAtZero: true, ticks: { maxTicksLimit: 4 } }, y: { grid: { display: false } } }
          : { x: { grid: { display: false } }, y: { beginAtZero: true, ticks: { maxTicksLimit: 5 } } },
      },
    });
    chart.current = drawn;
    const repaint = (): void => {
      paint(drawn);
      drawn.update();
    };
    // On paper the page is light, whatever the screen is.
    const print = (): void => {
      document.documentElement.classList.add('printing');
      repaint();
    };
    const printed = (): void => {
      document.documentElement.classList.remove('printing');
      repaint();
    };
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', repaint);
    window.addEventListener('beforeprint', print);
    window.addEventListener('afterprint', printed);
    return () => {
      dark.removeEventListener('change', repaint);
      window.removeEventListener('beforeprint', print);
      window.removeEventListener('afterprint', printed);
      drawn.destroy();
      chart.current = null;
    };
  }, [lying]);

  useEffect(() => {
    const drawn = chart.current;
    const [dataset] = drawn?.data.datasets ?? [];
    if (!drawn || !dataset) return;
    drawn.data.labels = bars.map(({ label }) => label);
    // A picture may round; every number that is read stands in the table and in the tooltip.
    dataset.data = bars.map(({ minor }) => Number(decimalText(minor, currency.exponent)));
    const { plugins } = drawn.options;
    if (plugins) {
      const amount = (place: number): string => formatMoney(bars[place]?.minor ?? 0, currency);
      plugins.tooltip = { displayColors: false, callbacks: { label: (item) => amount(item.dataIndex) } };
    }
    paint(drawn);
    drawn.update();
  }, [bars, currency, lying]);

  return (
    <div className="report-chart" data-lying={lying}>
      <canvas ref={canvas} role="img" aria-label={`${title}: ${summary(bars, currency)}`} />
    </div>
  );
}

/** `highest 19:00 with $41.09`, for who does not see the bars. */
function summary(bars: readonly Bar[], currency: Currency): string {
  const [first, ...rest] = bars;
  if (!first) return 'nothing sold yet';
  const highest = rest.reduce((top, bar) => (bar.minor > top.minor ? bar : top), first);
  return `highest ${highest.label} with ${formatMoney(highest.minor, currency)}. The table beside it has every number.`;
}

/** Takes the colours and the typeface from the style sheet, where light and dark are decided. */
function paint(chart: Chart<'bar', number[], string>): void {
  const own = getComputedStyle(chart.canvas);
  const around = getComputedStyle(chart.canvas.parentElement ?? chart.canvas);
  for (const dataset of chart.data.datasets) dataset.backgroundColor = own.color;
  const font = { family: around.fontFamily, size: 13 };
  for (const scale of Object.values(chart.options.scales ?? {})) {
    if (!scale) continue;
    scale.ticks = { ...scale.ticks, color: around.color, font };
    scale.grid = { ...scale.grid, color: around.borderTopColor };
    scale.border = { ...scale.border, color: around.borderTopColor };
  }
}
