/**
 * What an app developer sees of the engine: commands' arguments, views, status and events.
 *
 * Amounts are integer minor units (cents); every amount is at most 9×10^12 in size, so a JavaScript number holds it
 * exactly. Times are RFC 3339 strings in UTC. Ids are strings.
 */
import type { EngineEvent } from './events.js';
import type { Conflicts } from './conflicts.js';
import type { Parked } from './parked.js';
import type { Drawers } from './drawers.js';
import type { Shifts } from './shifts.js';
import type { Staff } from './staff.js';
import type { Reports } from './reports.js';
import type { Drained, DrainOptions, JourneyStep, Status } from './status.js';

export type * from './conflicts.js';
export type * from './drawers.js';
export type * from './engine_options.js';
export type * from './events.js';
export type * from './parked.js';
export type * from './shifts.js';
export type { Approved, GivenApproval, Role, SignedIn, Staff, StaffView } from './staff.js';
export type * from './reports.js';
export type * from './status.js';

/** How an order stands. */
export type OrderStatus = 'open' | 'closed' | 'voided';
/** How much of an order is paid; derived from its payments. */
export type PaymentState = 'unpaid' | 'part_paid' | 'paid' | 'over_paid' | 'refunded';
/** `card_external` records a payment taken on a separate terminal. */
export type PaymentType = 'cash' | 'card_external' | 'gift_card' | 'other';
/** How a payment stands. Cash is captured at once. */
export type PaymentStatus = 'recorded' | 'captured' | 'declined' | 'voided';
/** How far the kitchen is with a line. */
export type KitchenState = 'new' | 'sent' | 'in_progress' | 'ready' | 'served';
/** `service_charge` is taxable house money on top of the bill; not a tip. */
export type AdjustmentKind = 'discount' | 'service_charge';
/** Where and how the guests eat. */
export type OrderType = 'dine_in' | 'takeaway' | 'delivery';

/** One chosen modifier, with the price it had when the line was added. */
export interface ModifierView {
  readonly optionId: string;
  readonly name: string;
  readonly priceMinor: number;
}

/** One line of an order, with its share of discounts and taxes. */
export interface LineView {
  readonly lineId: string;
  readonly itemId: string;
  readonly name: string;
  /** 0 to 9,999. */
  readonly qty: number;
  /** How many of it the kitchen was told to make; above 0 the line's quantity and modifiers are frozen. */
  readonly firedQty: number;
  readonly kitchen: KitchenState;
  /** What one of the quantity weighs in thousandths of the unit its price is for; `null` for what is sold by the piece. */
  readonly weightMilli: number | null;
  /** The check it is on. */
  readonly checkId: string;
  readonly unitPriceMinor: number;
  readonly modifiers: readonly ModifierView[];
  readonly seat: number | null;
  readonly note: string | null;
  /** Quantity × (unit price + modifiers). */
  readonly grossMinor: number;
  readonly discountMinor: number;
  readonly netMinor: number;
  /** Its share of service charges. */
  readonly serviceMinor: number;
  readonly taxMinor: number;
  readonly voided: boolean;
  readonly voidReason: string | null;
  readonly comped: boolean;
  readonly compReason: string | null;
}

/** One of an order's checks. The checks of an order add up to the order. */
export interface CheckView {
  readonly checkId: string;
  readonly name: string | null;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly balanceMinor: number;
}

/** A discount or service charge in force. */
export interface AdjustmentView {
  readonly adjustmentId: string;
  readonly kind: AdjustmentKind;
  readonly name: string;
  /** The line it is on; `null` for the whole order. */
  readonly lineId: string | null;
  readonly ratePpm: number | null;
  readonly amountMinor: number | null;
  readonly by: string;
}

/** Money given back. */
export interface RefundView {
  readonly refundId: string;
  readonly paymentId: string | null;
  readonly type: PaymentType;
  readonly amountMinor: number;
  readonly reason: string | null;
  readonly at: string;
  readonly by: string;
}

/** One recorded payment. Payments are facts: they are never edited or removed. */
export interface PaymentView {
  readonly paymentId: string;
  readonly type: PaymentType;
  readonly amountMinor: number;
  readonly tenderedMinor: number | null;
  readonly changeMinor: number;
  /** The tip that stands, corrections included. */
  readonly tipMinor: number;
  readonly status: PaymentStatus;
  /** The check it is for. */
  readonly checkId: string;
  readonly at: string;
  readonly by: string;
}

/** Tax charged on an order for one tax id. */
export interface TaxView {
  readonly taxId: string;
  readonly ratePpm: number;
  readonly baseMinor: number;
  readonly taxMinor: number;
}

/**
 * What an order comes to. `gross − comps − discounts − included tax = net`, `net + service + tax = total`, `total − paid +
 * refunded = balance`; tips are never inside the total.
 */
export interface TotalsView {
  readonly grossMinor: number;
  /** What void lines would have come to; in none of the other figures. */
  readonly voidsMinor: number;
  readonly compsMinor: number;
  readonly discountsMinor: number;
  readonly netMinor: number;
  /** Service charges without their taxes. */
  readonly serviceMinor: number;
  readonly taxes: readonly TaxView[];
  readonly taxMinor: number;
  /** The part of `taxMinor` that is inside the prices. */
  readonly includedTaxMinor: number;
  readonly totalMinor: number;
  /** Payments that are neither void nor declined. */
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly tipsMinor: number;
  readonly balanceMinor: number;
}

/** An order as this device sees it: what the server confirmed plus this device's pending mutations. */
export interface OrderView {
  readonly orderId: string;
  /** The human label, e.g. `B-0042`. Not an identity. */
  readonly ticketNo: string;
  readonly businessDate: string;
  readonly tableId: string | null;
  readonly guests: number;
  readonly orderType: OrderType;
  /** Who looks after the guests. */
  readonly serverId: string;
  readonly note: string | null;
  readonly status: OrderStatus;
  readonly paymentState: PaymentState;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly closedAt: string | null;
  readonly lines: readonly LineView[];
  /** The first check always, others while they hold a line or a payment. */
  readonly checks: readonly CheckView[];
  readonly adjustments: readonly AdjustmentView[];
  /** Voided and declined ones included. */
  readonly payments: readonly PaymentView[];
  readonly refunds: readonly RefundView[];
  readonly totals: TotalsView;
  /** Mutations of this order that the server has not settled yet; 0 means everyone has it. */
  readonly pendingMutations: number;
}

/** A modifier that can be chosen. */
export interface ModifierOption {
  readonly id: string;
  readonly name: string;
  readonly priceMinor: number;
}
/** Modifiers of which between `min` and `max` must be chosen. */
export interface ModifierGroup {
  readonly id: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly options: readonly ModifierOption[];
}
/** Something that can be ordered. */
export interface MenuItem {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly priceMinor: number;
  /** Ids of the modifier groups that apply. */
  readonly modifierGroups: readonly string[];
  /** `false` when the kitchen has run out ("86"). */
  readonly available: boolean;
  /** What is sold by `weight` needs `weightMilli` when it is added. */
  readonly soldBy: 'each' | 'weight';
}
/** A discount or service charge of the menu's list; either a rate or an amount. */
export interface ListedAdjustment {
  readonly id: string;
  readonly name: string;
  /** Parts per million. */
  readonly ratePpm: number | null;
  readonly amountMinor: number | null;
  /** Given on one line and not on the whole order. */
  readonly ofLine: boolean;
}
/** The menu as last synced. */
export interface MenuView {
  readonly menuVersion: number;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly items: readonly MenuItem[];
  readonly modifierGroups: readonly ModifierGroup[];
  readonly discounts: readonly ListedAdjustment[];
  readonly serviceCharges: readonly ListedAdjustment[];
}

/** Arguments of {@link Orders.open}. */
export interface OpenOrder {
  /** UUIDv7; give one at button-down to make a double tap harmless. Made by the engine when absent. */
  orderId?: string;
  tableId?: string | null;
  /** 1 to 9,999; 1 when absent. */
  guests?: number;
  /** `dine_in` when absent. */
  orderType?: OrderType;
  /**
   * Its first lines: the order is opened with all of them, in one commit, or not at all. An error names the line at fault, e.g.
   * `lines.0.itemId`.
   */
  lines?: readonly AddLine[];
}
/** Arguments of {@link Orders.addLine}. */
export interface AddLine {
  /** UUIDv7; give one at button-down to make a double tap harmless. Made by the engine when absent. */
  lineId?: string;
  itemId: string;
  /** 1 to 9,999; 1 when absent. */
  qty?: number;
  /** Ids of the chosen modifiers. */
  optionIds?: readonly string[];
  seat?: number;
  /** At most 4 KiB. */
  note?: string;
  /** For what is sold by weight: 1 to 9,999,999 thousandths of the unit its price is for. */
  weightMilli?: number;
  /** The check it goes on; the order's first when absent. */
  checkId?: string;
  /** Another price than the menu's; needs a `reason`. */
  unitPriceMinor?: number;
  reason?: string;
}
/** Arguments of {@link Orders.fire}. */
export interface Fire {
  /** UUIDv7; a printer that has seen it does not print it again. Made by the engine when absent. */
  fireId?: string;
  /** All that the kitchen does not know when absent. */
  lineIds?: readonly string[];
  station?: string;
  /** Prints this earlier ticket again; nothing is made anew. */
  reprintOf?: string;
}
/** Arguments of {@link Orders.splitCheck}. */
export interface SplitCheck {
  lineIds: readonly string[];
  /** UUIDv7 of the new check. Made by the engine when absent. */
  checkId?: string;
  /** What the guests call it. */
  name?: string;
}
/**
 * Arguments of {@link Orders.addAdjustment}: a discount or service charge of the menu's list by `discountId` or `chargeId`, or
 * one made up at the till by `kind`, `name` and a rate or an amount.
 */
export interface AddAdjustment {
  adjustmentId?: string;
  discountId?: string;
  chargeId?: string;
  kind?: AdjustmentKind;
  name?: string;
  /** Parts per million: 100,000 is 10 %. Give this or `amountMinor`. */
  ratePpm?: number;
  amountMinor?: number;
  /** On one line; on the whole order when absent. */
  lineId?: string;
  reason?: string;
}
/** Arguments of {@link Orders.addRefund}. */
export interface AddRefund {
  refundId?: string;
  /** The payment it gives back, where it is one. */
  paymentId?: string;
  type: PaymentType;
  /** At most what was paid and not given back yet. */
  amountMinor: number;
  reason: string;
  /** Refused where it is not the order's currency. */
  currency?: string;
  drawerSessionId?: string;
}
/** Arguments of {@link Orders.addPayment}. */
export interface AddPayment {
  /** UUIDv7; give one at button-down to make a double tap harmless. Made by the engine when absent. */
  paymentId?: string;
  type: PaymentType;
  /** What goes towards the bill. */
  amountMinor: number;
  /** Cash handed over; the difference to `amountMinor` is the change. */
  tenderedMinor?: number;
  tipMinor?: number;
  /** The check it is for; the order's first when absent. */
  checkId?: string;
  /** Refused where it is not the order's currency. */
  currency?: string;
  drawerSessionId?: string;
}

/** Commands and reads on orders. A command resolves once its effect is on disk; it rejects with an {@link EngineError}. */
export interface Orders {
  open(args?: OpenOrder): Promise<OrderView>;
  addLine(orderId: string, args: AddLine): Promise<OrderView>;
  setQty(orderId: string, lineId: string, qty: number): Promise<OrderView>;
  /** Before the line is fired. */
  setModifiers(orderId: string, lineId: string, optionIds: readonly string[]): Promise<OrderView>;
  /** After the line is fired the kitchen gets a ticket that calls it back. */
  voidLine(orderId: string, lineId: string, reason: string): Promise<OrderView>;
  /** Served and given away: still counted as comped sales. */
  compLine(orderId: string, lineId: string, reason: string): Promise<OrderView>;
  /** Tells the kitchen; from then on the lines are frozen. */
  fire(orderId: string, args?: Fire): Promise<OrderView>;
  /** Moves fired lines on in the kitchen; never back. */
  bump(orderId: string, lineIds: readonly string[], to: 'in_progress' | 'ready' | 'served'): Promise<OrderView>;
  /** On a line, or on the whole order where `lineId` is absent; `null` takes the note away. */
  addNote(orderId: string, note: string | null, lineId?: string): Promise<OrderView>;
  moveTable(orderId: string, tableId: string | null): Promise<OrderView>;
  transferServer(orderId: string, serverId: string): Promise<OrderView>;
  setGuests(orderId: string, guests: number): Promise<OrderView>;
  setOrderType(orderId: string, orderType: OrderType): Promise<OrderView>;
  splitCheck(orderId: string, args: SplitCheck): Promise<OrderView>;
  /** Everything on `checkId` goes to `intoCheckId`, payments included. */
  mergeChecks(orderId: string, checkId: string, intoCheckId: string): Promise<OrderView>;
  addAdjustment(orderId: string, args: AddAdjustment): Promise<OrderView>;
  removeAdjustment(orderId: string, adjustmentId: string): Promise<OrderView>;
  addPayment(orderId: string, args: AddPayment): Promise<OrderView>;
  /** `captured`: its card batch was closed; `declined`: the money did not come. */
  markPayment(orderId: string, paymentId: string, mark: 'captured' | 'declined'): Promise<OrderView>;
  /** Takes a payment back before its batch is closed; afterwards it is a refund. */
  voidPayment(orderId: string, paymentId: string, reason: string): Promise<OrderView>;
  addRefund(orderId: string, args: AddRefund): Promise<OrderView>;
  /** The whole tip, e.g. from the signed slip; before the batch is closed. */
  addTip(orderId: string, args: { paymentId: string; tipMinor: number; tipId?: string }): Promise<OrderView>;
  /** A correction after the batch was closed. */
  adjustTip(
    orderId: string,
    args: { paymentId: string; byMinor: number; reason: string; tipId?: string },
  ): Promise<OrderView>;
  close(orderId: string): Promise<OrderView>;
  /** Gives the order up; what was paid must have been given back. */
  voidOrder(orderId: string, reason: string): Promise<OrderView>;
  reopen(orderId: string, reason: string): Promise<OrderView>;
  /** Synchronous; `undefined` when this device does not know the order. */
  get(orderId: string): OrderView | undefined;
  /** Synchronous; oldest first. */
  list(filter?: { status?: OrderStatus; tableId?: string }): readonly OrderView[];
}

/** The offline-first engine of one device. */
export interface Engine {
  readonly orders: Orders;
  readonly conflicts: Conflicts;
  readonly parked: Parked;
  readonly shifts: Shifts;
  readonly staff: Staff;
  readonly drawers: Drawers;
  readonly reports: Reports;
  /**
   * What became of every change that this device made to an order, oldest first: "what happened to ticket B-0042?" Of changes
   * made before the app was started only those that wait or were refused are listed.
   */
  journey(orderId: string): readonly JourneyStep[];
  menu(): MenuView | undefined;
  status(): Status;
  /** Calls back after every change; returns the function that stops it. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  /** Asks for an exchange now instead of at the next scheduled time. */
  syncNow(): void;
  /**
   * Asks for an exchange now, and resolves when nothing of this device is pending any more, when sending is paused, or when the time
   * is over. Resolves at once where nothing waits. Rejects with `ENGINE_CLOSED` when the engine is closed meanwhile.
   */
  drain(options?: DrainOptions): Promise<Drained>;
  /**
   * A hint from the host, e.g. from NetInfo; the truth is the last exchange. In browsers the engine listens to `online` and
   * `offline` by itself.
   */
  setConnection(connection: 'online' | 'offline'): void;
  /**
   * Tells that the app is seen again (`forward`) or no longer (`back`), e.g. from React Native's AppState: going back, what waits is
   * sent at once. In browsers the engine listens by itself.
   */
  setAppState(state: 'forward' | 'back'): void;
  /**
   * Records who works this device now, in this tab; every later mutation given here names them. Where the tenant employs staff
   * that is not enough: they sign in.
   */
  setStaff(staffId: string): void;
  /**
   * Takes finished orders of older business dates into memory, so that {@link Orders.get} and {@link Orders.list} show them:
   * one date (`2026-10-31`), or all that are on the device. Open orders and the two newest dates come by themselves.
   */
  loadDays(date?: string): Promise<void>;
  /** What is not settled yet, in the clear; seal it before it leaves the device. */
  exportUnsynced(): string;
  /**
   * Takes over what another device of this location could not deliver, and delivers it. Resolves once it is durable here; what
   * is known already, here or at the server, takes effect once. Rejects with `IMPORT_INVALID`.
   */
  importUnsynced(text: string): Promise<void>;
  /**
   * What this engine saw lately, for whoever looks into an incident: the simulator replays it. JSON in the clear, without the
   * device's credential, keys or PINs, but with orders, notes and names; treat it as you treat those. Rejects with `STORE_IN_USE`
   * in a tab that follows another, and with `RECORDING_UNAVAILABLE` where the engine has not been quiet for a long time.
   */
  recording(): Promise<string>;
  /** Seals the store with a new key from now on; what older ones sealed is sealed anew in the background. */
  rotateKey(): Promise<void>;
  /**
   * SHA-256 over every order in memory that the server has confirmed; equal on devices that have exchanged everything and
   * have loaded the same days.
   */
  confirmedHash(): string;
  /** Waits for the commit under way, then lets go of the store. */
  close(): Promise<void>;
}
