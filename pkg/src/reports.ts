/** What a day came to, as far as this device knows: offline, synchronous, and always provisional. */
import type { AskQuery } from './orders.js';
import type { OrderType, PaymentType } from './types.js';

/** Reports of this device. */
export interface Reports {
  /**
   * What one business date came to, as this device sees it; without a date, the one that it is now. Synchronous, needs no
   * server. `undefined` before the device knows its location and currency. Of a date whose `dayLoaded` is `false` finished
   * checks are on disk and missing: load it first.
   * @example
   * ```ts
   * await engine.loadDays('2026-10-30');
   * const report = engine.reports.day('2026-10-30');
   * ```
   */
  day(businessDate?: string, options?: ReportOptions): DayReport | undefined;
  /**
   * What closing this device's day would write down now: only what this device opened, with its open checks. Nothing is kept or
   * sent. Throws `NOT_ENROLLED`, `NOT_SIGNED_IN`, `MENU_MISSING` before the device knows its currency, and `DAY_NOT_LOADED` where
   * finished checks of the date are on disk and not in memory.
   */
  deviceClose(businessDate?: string): DeviceClose;
}

/** What a report is to be about, beside its date. */
export interface ReportOptions {
  /** Only the orders that this device opened; hours are not in it then, because people work for the location. */
  readonly ownOnly?: boolean;
  /** What an hour of each person costs, by staff id; without it hours have no cost. */
  readonly wages?: Readonly<Record<string, number>>;
}

/** A provisional report of one business date. The law: `figures` = `confirmed` + `pending`, in every number of them. */
export interface DayReport {
  /** Always: whoever reads the report, on paper too, must know that it is not the day's last word. */
  readonly provisional: true;
  /** `2026-10-31`. */
  readonly businessDate: string;
  readonly locationId: string;
  /** Whether it holds only what this device opened. */
  readonly ownOnly: boolean;
  /** `false` where finished checks of the date are on disk and therefore missing; see `Engine.loadDays`. */
  readonly dayLoaded: boolean;
  readonly horizon: ReportHorizon;
  /** The same as sentences, with devices by their ids and times by the clock of the place; stands at the head of the report. */
  readonly head: readonly string[];
  /** ISO 4217 code of every amount. */
  readonly currency: string;
  /** Digits of its minor unit. */
  readonly currencyExponent: number;
  /** What this device shows: confirmed and pending together. */
  readonly figures: DayFigures;
  /** What of it the server has confirmed. */
  readonly confirmed: DayFigures;
  /** What changes that wait make of it; below zero where they took something away, e.g. a line that was voided. */
  readonly pending: DayFigures;
  /** What a finished order sold for on average, rounded half-even; `null` before one is finished. */
  readonly averageCheckMinor: number | null;
  /** Checks that nobody has finished, those that are open longest first. */
  readonly openChecks: readonly OpenCheck[];
  /** `null` where the report is only of this device. */
  readonly labour: Labour | null;
  readonly drawers: DrawerBalances;
}

/** How far the device that makes a report can see. Times are by the server's clock where it was heard. */
export interface ReportHorizon {
  readonly deviceId: string;
  readonly madeAt: string;
  /** The earliest moment of which the device holds something, days on disk included; `null` while it holds nothing. */
  readonly localFrom: string | null;
  /** The latest such moment in memory. */
  readonly localTo: string | null;
  /** As in the status: `null` before the first exchange since the engine was opened. */
  readonly lastSyncAt: string | null;
  /** This device's changes that the server has not settled. */
  readonly unsyncedMutations: number;
  /** Other devices whose work has arrived here. Of one that never sold anything a device hears nothing, and does not name it. */
  readonly others: readonly OtherDevice[];
}

/** Another device of the location. */
export interface OtherDevice {
  readonly deviceId: string;
  /** What it did up to this moment is in the report, and nothing later; `null` where it was only named by others. */
  readonly includedUntil: string | null;
}

/**
 * The figures of a day, or the difference of two. Orders count from their first line on, open ones too. Of orders:
 * gross − comps − discounts − included tax = net; net + service + tax = total; paid − refunded = total − balance; and every
 * breakdown of net adds up to net.
 */
export interface DayFigures {
  readonly ordersClosed: number;
  readonly openChecks: number;
  /** What guests are still to pay on those. */
  readonly openDueMinor: number;
  /** Guests of orders that were not given up. */
  readonly guests: number;
  /** Everything that is not void. */
  readonly grossMinor: number;
  /** Lines taken back, at what they would have come to. */
  readonly voidsMinor: number;
  readonly compsMinor: number;
  readonly discountsMinor: number;
  /** Taxes inside the prices; part of `taxMinor`. */
  readonly includedTaxMinor: number;
  /** Sales: what is left of gross. */
  readonly netMinor: number;
  /** Sales of finished orders alone: what the average check is reckoned from. */
  readonly closedNetMinor: number;
  /** House money on top, without taxes. */
  readonly serviceMinor: number;
  readonly taxMinor: number;
  /** What the guests owe or have paid. */
  readonly totalMinor: number;
  /** Payments that are neither void nor declined. */
  readonly paidMinor: number;
  readonly refundedMinor: number;
  /** Staff money, beside the total. */
  readonly tipsMinor: number;
  /** What is still due; negative where too much was paid. */
  readonly balanceMinor: number;
  readonly byTax: readonly TaxFigures[];
  readonly byPayment: readonly PaymentFigures[];
  readonly byRefund: readonly PaymentFigures[];
  readonly byStaffTips: readonly { readonly staffId: string; readonly tipsMinor: number }[];
  /** By the local hour, 0 to 23, in which the order was opened. */
  readonly byHour: readonly { readonly hour: number; readonly netMinor: number }[];
  readonly byItem: readonly ItemFigures[];
  /** By the category that the item had when it was ordered. */
  readonly byCategory: readonly { readonly category: string; readonly netMinor: number }[];
  /** By whoever looks after the guests. */
  readonly byStaff: readonly { readonly staffId: string; readonly netMinor: number }[];
  readonly byOrderType: readonly { readonly orderType: OrderType; readonly netMinor: number }[];
}

/** One tax at one rate. */
export interface TaxFigures {
  readonly taxId: string;
  /** Parts per million: 82,500 is 8.25 %. */
  readonly ratePpm: number;
  readonly baseMinor: number;
  readonly taxMinor: number;
}

/** Payments, or refunds, of one kind. */
export interface PaymentFigures {
  readonly type: PaymentType;
  readonly count: number;
  readonly amountMinor: number;
}

/** What was served of one item: given away counts, void does not. */
export interface ItemFigures {
  readonly itemId: string;
  /** What it was called when it was ordered; `null` in `confirmed` or `pending` where no order here names it any more. */
  readonly name: string | null;
  readonly qty: number;
  readonly netMinor: number;
}

/** A check that nobody has finished. */
export interface OpenCheck {
  readonly orderId: string;
  readonly checkId: string;
  readonly ticketNo: string;
  readonly tableId: string | null;
  readonly serverId: string;
  readonly openedAt: string;
  /** Zero or more. */
  readonly dueMinor: number;
}

/** The hours of a day. */
export interface Labour {
  /** Paid minutes; a running shift counts until the moment of the report. */
  readonly minutes: number;
  readonly byStaff: readonly { readonly staffId: string; readonly minutes: number }[];
  /** Shifts of which nobody knows the beginning: they are in none of the minutes. */
  readonly shiftsUnknown: number;
  /** `null` unless everybody who worked has a wage. */
  readonly costMinor: number | null;
  /** The cost as a share of net sales in parts per million; `null` without a cost or without sales. */
  readonly costPpm: number | null;
}

/** The drawers of a day. */
export interface DrawerBalances {
  /** Sessions that are still open; they are in none of the figures. */
  readonly open: number;
  /** Too much in the closed ones together; below zero, too little. */
  readonly overShortMinor: number;
  /** Earliest opening first. */
  readonly closed: readonly DrawerBalance[];
}

/** A closed drawer session. */
export interface DrawerBalance {
  readonly drawerId: string;
  readonly sessionId: string;
  readonly expectedMinor: number;
  readonly countedMinor: number;
  /** Too much; below zero, too little. */
  readonly overShortMinor: number;
}

/** What closing a device's day would write down. */
export interface DeviceClose {
  readonly locationId: string;
  readonly deviceId: string;
  readonly businessDate: string;
  /** Who works the device. */
  readonly closedBy: string;
  readonly closedAt: string;
  /** The number of the last mutation that the device made in each stream: once the server holds them, it holds the day. */
  readonly lastSeqs: Readonly<Record<'orders' | 'shifts', number>>;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly figures: DayFigures;
  readonly openChecks: readonly OpenCheck[];
}

/** The face of reports over the core's queries. `lastSyncAt` is what the tab says that syncs for this one, where it is another. */
export function createReports(query: AskQuery, lastSyncAt: () => string | null): Reports {
  return {
    day: (businessDate, { ownOnly, wages } = {}) =>
      query<DayReport | null>({ type: 'report', ask: { businessDate, ownOnly, wages, lastSyncAt: lastSyncAt() } }) ??
      undefined,
    deviceClose: (businessDate) => query({ type: 'device_close', businessDate }),
  };
}
