import type { DayReport, OrderType, PaymentType } from '@auraconnect/offline-sync';
import type { TillSession } from '../till/TillSession.ts';

const ORDER_TYPES: Readonly<Record<OrderType, string>> = {
  dine_in: 'At a table',
  takeaway: 'Takeaway',
  delivery: 'Delivery',
};

const PAYMENT_TYPES: Readonly<Record<PaymentType, string>> = {
  cash: 'Cash',
  card_external: 'Card',
  gift_card: 'Gift card',
  other: 'Other',
};

/** The hour at which a business date starts here; what was sold before it belongs to the evening before. */
const DAY_STARTS_HOUR = 4;

export function orderTypeName(type: OrderType): string {
  return ORDER_TYPES[type];
}

export function paymentTypeName(type: PaymentType): string {
  return PAYMENT_TYPES[type];
}

/** `19:00`. */
export function hourName(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

/** `6 h 05`. */
export function hoursText(minutes: number): string {
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`;
}

/** `Saturday, 31 October 2026`. A business date has no zone. */
export function dateText(businessDate: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(businessDate));
}

/** The engine's sentences about what a report cannot know, with the names that people here have for devices. */
export function headSentences(report: DayReport, session: TillSession): readonly string[] {
  const { deviceId, others } = report.horizon;
  const named = [deviceId, ...others.map((other) => other.deviceId)];
  return report.head.map((sentence) => {
    const text = named.reduce((words, id) => words.replaceAll(id, session.deviceName(id)), sentence);
    return text.charAt(0).toUpperCase() + text.slice(1);
  });
}

/** One bar of a chart and one row of the table beside it. */
export interface Bar {
  readonly label: string;
  readonly minor: number;
}

/** Every hour from the first sale to the last, in the order of the business day: an hour without sales is a gap to be seen. */
export function hourBars({ byHour }: DayReport['figures']): readonly Bar[] {
  const place = (hour: number): number => (hour < DAY_STARTS_HOUR ? hour + 24 : hour);
  const places = byHour.map(({ hour }) => place(hour));
  if (places.length === 0) return [];
  const first = Math.min(...places);
  return Array.from({ length: Math.max(...places) - first + 1 }, (_, at) => {
    const hour = (first + at) % 24;
    return { label: hourName(hour), minor: byHour.find((part) => part.hour === hour)?.netMinor ?? 0 };
  });
}

/** Categories, those that sold most first. */
export function categoryBars({ byCategory }: DayReport['figures']): readonly Bar[] {
  return byCategory
    .map(({ category, netMinor }) => ({
      label: category.charAt(0).toUpperCase() + category.slice(1),
      minor: netMinor,
    }))
    .sort((a, b) => b.minor - a.minor || a.label.localeCompare(b.label));
}
