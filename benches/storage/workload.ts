/**
 * What is sold: the same orders for every contender, made from their number alone. Order `number` has a table, guests and two
 * lines with one modifier each. All belong to one business date of a location whose clock is UTC.
 */
import { items, known, options, taxes } from './menu.ts';

/** The business date of every order. */
export const businessDate = '2026-10-31';
const openingMs = Date.UTC(2026, 9, 31, 6);
const hourMs = 3_600_000;
const hoursOpen = 14;

/** The tills' clock: at eight in the evening when a page is loaded. Milliseconds since 1970. */
export const now = (): number => openingMs + hoursOpen * hourMs + Math.floor(performance.now());
/** The hour that `now` stays in while a step takes less than an hour. */
export const hourOfNow = 20;

/** One line of an order to be sold. */
export interface SoldLine {
  readonly lineId: string;
  readonly itemId: string;
  readonly optionId: string;
  readonly qty: number;
}
/** An order to be sold. */
export interface SoldOrder {
  readonly number: number;
  readonly orderId: string;
  readonly paymentId: string;
  readonly tableId: string;
  readonly guests: number;
  readonly lines: readonly SoldLine[];
  /** When an order that was sold before the bench began was opened; milliseconds since 1970. */
  readonly openedMs: number;
}

// Each with one modifier that may be chosen; both taxes occur.
const choices: readonly (readonly [itemId: string, optionId: string])[] = [
  ['it_burger', 'mo_med'],
  ['it_fries', 'mo_aioli'],
  ['it_pale', 'mo_500'],
  ['it_beet', 'mo_cheddar'],
  ['it_cod', 'mo_harissa'],
  ['it_risotto', 'mo_egg'],
  ['it_grain', 'mo_tofu'],
  ['it_cider', 'mo_330'],
  ['it_tea', 'mo_oat'],
  ['it_lemon', 'mo_l'],
  ['it_croq', 'mo_aioli'],
];

/** The order with this number, from 0. */
export function soldOrder(number: number): SoldOrder {
  // Full hours have four thousand places: orders of one hour lie in its first forty minutes, so that they are closed in it.
  const openedMs = openingMs + (number % hoursOpen) * hourMs + ((number * 7919) % 2_400_000);
  const line = (place: number): SoldLine => {
    const choice = choices[(number * (place + 1) + place * 5) % choices.length];
    if (choice === undefined) throw new Error('a remainder is always a place');
    const [itemId, optionId] = choice;
    return { lineId: uuid(openedMs, number, place + 1), itemId, optionId, qty: 1 + ((number + place) % 3) };
  };
  return {
    number,
    orderId: uuid(openedMs, number, 0),
    paymentId: uuid(openedMs, number, 9),
    tableId: `tbl_${(number % 24) + 1}`,
    guests: (number % 6) + 1,
    lines: [line(0), line(1)],
    openedMs,
  };
}

/** Orders `from` to `from + count - 1`. */
export function soldOrders(from: number, count: number): SoldOrder[] {
  return Array.from({ length: count }, (_, place) => soldOrder(from + place));
}

/** In parts of `size`. */
export function inBatches<Value>(values: readonly Value[], size: number): Value[][] {
  const batches: Value[][] = [];
  for (let from = 0; from < values.length; from += size) batches.push(values.slice(from, from + size));
  return batches;
}

/** What a line comes to without tax, in minor units. */
export function netOfLine(line: SoldLine): number {
  return line.qty * (known(items, line.itemId).price_minor + known(options, line.optionId).price_minor);
}

/** What an order comes to, taxes on top, in minor units: each tax once over all that bears it, rounded half-even. */
export function totalOf(order: SoldOrder): number {
  const bases = new Map<string, number>();
  for (const line of order.lines) {
    for (const tax of known(items, line.itemId).tax_ids) bases.set(tax, (bases.get(tax) ?? 0) + netOfLine(line));
  }
  const net = order.lines.reduce((sum, line) => sum + netOfLine(line), 0);
  return [...bases].reduce((sum, [tax, base]) => sum + halfEven(base * known(taxes, tax).rate_ppm, 1_000_000), net);
}

/** What orders come to together. */
export const totalOfAll = (orders: readonly SoldOrder[]): number =>
  orders.reduce((sum, order) => sum + totalOf(order), 0);

function halfEven(product: number, whole: number): number {
  const floor = Math.floor(product / whole);
  const twice = 2 * (product - floor * whole);
  return twice > whole || (twice === whole && floor % 2 === 1) ? floor + 1 : floor;
}

/** A day's sales without tax. */
export interface DayReport {
  readonly byHour: Readonly<Record<string, { orders: number; netMinor: number }>>;
  readonly byItem: Readonly<Record<string, { qty: number; netMinor: number }>>;
}

/** What the report over these orders must say, each with the hour it was opened in. */
export function reportOf(orders: readonly (readonly [SoldOrder, hour: number])[]): DayReport {
  const byHour: Record<string, { orders: number; netMinor: number }> = {};
  const byItem: Record<string, { qty: number; netMinor: number }> = {};
  for (const [order, hour] of orders) {
    const ofHour = (byHour[hour] ??= { orders: 0, netMinor: 0 });
    ofHour.orders += 1;
    for (const line of order.lines) {
      const ofItem = (byItem[line.itemId] ??= { qty: 0, netMinor: 0 });
      ofItem.qty += line.qty;
      ofItem.netMinor += netOfLine(line);
      ofHour.netMinor += netOfLine(line);
    }
  }
  return { byHour, byItem };
}

/** A report as one text, whatever the order of its entries. */
export function reportText({ byHour, byItem }: DayReport): string {
  const sorted = <Value>(values: Readonly<Record<string, Value>>): [string, Value][] =>
    Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  const hours = sorted(byHour).map(([hour, { orders, netMinor }]) => `${hour}:${orders}/${netMinor}`);
  const sold = sorted(byItem).map(([item, { qty, netMinor }]) => `${item}:${qty}/${netMinor}`);
  return `${hours.join(' ')} | ${sold.join(' ')}`;
}

/** A UUIDv7 that is always the same for the same thing. */
export function uuid(ms: number, number: number, part: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-${(0x8000 + part).toString(16)}-${number.toString(16).padStart(12, '0')}`;
}
