/**
 * What an app developer sees of the engine: commands' arguments, views, status and events.
 *
 * Amounts are integer minor units (cents); every amount is at most 9×10^12 in size, so a JavaScript number holds it
 * exactly. Times are RFC 3339 strings in UTC. Ids are strings.
 */

/** How an order stands. `voided` comes with the whole-order void. */
export type OrderStatus = 'open' | 'closed' | 'voided';
/** How much of an order is paid; derived from its payments. */
export type PaymentState = 'unpaid' | 'part_paid' | 'paid' | 'over_paid';
/** `card_external` records a payment taken on a separate terminal. */
export type PaymentType = 'cash' | 'card_external';
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
  readonly unitPriceMinor: number;
  readonly modifiers: readonly ModifierView[];
  readonly seat: number | null;
  readonly note: string | null;
  /** Quantity × (unit price + modifiers). */
  readonly grossMinor: number;
  readonly discountMinor: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly voided: boolean;
  readonly voidReason: string | null;
  readonly comped: boolean;
}

/** One recorded payment. Payments are facts: they are never edited or removed. */
export interface PaymentView {
  readonly paymentId: string;
  readonly type: PaymentType;
  readonly amountMinor: number;
  readonly tenderedMinor: number | null;
  readonly changeMinor: number;
  readonly tipMinor: number;
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

/** What an order comes to. `net + tax = total`, `total − paid = balance`; tips are never inside the total. */
export interface TotalsView {
  readonly grossMinor: number;
  readonly compsMinor: number;
  readonly discountsMinor: number;
  readonly netMinor: number;
  readonly taxes: readonly TaxView[];
  readonly taxMinor: number;
  readonly totalMinor: number;
  readonly paidMinor: number;
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
  readonly status: OrderStatus;
  readonly paymentState: PaymentState;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly closedAt: string | null;
  readonly lines: readonly LineView[];
  readonly payments: readonly PaymentView[];
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
}
/** The menu as last synced. */
export interface MenuView {
  readonly menuVersion: number;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly items: readonly MenuItem[];
  readonly modifierGroups: readonly ModifierGroup[];
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
}

/** Commands and reads on orders. A command resolves once its effect is on disk; it rejects with an {@link EngineError}. */
export interface Orders {
  open(args?: OpenOrder): Promise<OrderView>;
  addLine(orderId: string, args: AddLine): Promise<OrderView>;
  setQty(orderId: string, lineId: string, qty: number): Promise<OrderView>;
  voidLine(orderId: string, lineId: string, reason: string): Promise<OrderView>;
  addPayment(orderId: string, args: AddPayment): Promise<OrderView>;
  close(orderId: string): Promise<OrderView>;
  /** Synchronous; `undefined` when this device does not know the order. */
  get(orderId: string): OrderView | undefined;
  /** Synchronous; oldest first. */
  list(filter?: { status?: OrderStatus; tableId?: string }): readonly OrderView[];
}

/** Why nothing is being sent until someone acts. */
export type PauseReason = 'not_enrolled' | 'unauthorized' | 'forbidden' | 'sequence';

/** What the server refused, kept with its reason for a person. */
export interface ParkedMutation {
  readonly mutationId: string;
  readonly recordId: string;
  readonly changeType: string;
  readonly code: string;
  readonly message: string;
}

/** Something a merge noticed that a person may want to know, e.g. `LATE_LINE`, `OVERPAID`, `QTY_MERGED`. */
export interface FindingView {
  readonly code: string;
  readonly recordId: string;
  readonly message: string;
}

/** One object for a status bar. */
export interface Status {
  readonly deviceId: string | null;
  readonly devicePrefix: string | null;
  readonly connection: 'online' | 'offline';
  /** Set while sending is stopped until someone acts; the queue stays. */
  readonly paused: PauseReason | null;
  readonly queueDepth: number;
  readonly oldestPendingAt: string | null;
  readonly lastSyncAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly exchanging: boolean;
  /** Stable code of the last failure, `null` after a success. */
  readonly lastErrorCode: string | null;
  /** How far this device has read the location's changes; opaque. */
  readonly cursor: string | null;
  readonly parked: readonly ParkedMutation[];
  readonly findings: readonly FindingView[];
  /** Journal entries that could not be read when the store was opened; their bytes are kept. */
  readonly damagedEntries: number;
}

/** What listeners hear. `orders` names what changed; read it with {@link Orders.get}. */
export type EngineEvent =
  | { readonly type: 'orders_changed'; readonly orderIds: readonly string[] }
  | { readonly type: 'menu_changed' }
  | { readonly type: 'status_changed' };

/** The offline-first engine of one device. */
export interface Engine {
  readonly orders: Orders;
  menu(): MenuView | undefined;
  status(): Status;
  /** Calls back after every change; returns the function that stops it. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  /** Asks for an exchange now instead of at the next scheduled time. */
  syncNow(): void;
  /**
   * A hint from the host, e.g. from NetInfo; the truth is the last exchange. In browsers the engine listens to `online` and
   * `offline` by itself.
   */
  setConnection(connection: 'online' | 'offline'): void;
  /** Records who works this device now; every later mutation names them. */
  setStaff(staffId: string): void;
  /** SHA-256 over everything the server has confirmed to this device; equal on devices that have exchanged everything. */
  confirmedHash(): string;
  /** Waits for the commit under way, then lets go of the store. */
  close(): Promise<void>;
}

/** Where the engine keeps its bytes. Tiny on purpose: anything that can write one key atomically will do. */
export interface StorageAdapter {
  /** All keys that start with `prefix`, in ascending order of their UTF-8 bytes. */
  list(prefix: string): Promise<string[]>;
  /** The values of `keys`, `undefined` where there is none, in the order asked. */
  read(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /** All or nothing, and durable when the promise resolves. */
  commit(batch: WriteBatch): Promise<void>;
  /** Lets go of the store. */
  close(): Promise<void>;
}
/** One atomic write. */
export interface WriteBatch {
  readonly put: readonly (readonly [key: string, value: Uint8Array])[];
  readonly delete: readonly string[];
}

/** What a device was given at enrolment. */
export interface Enrolment {
  readonly tenantId: string;
  readonly locationId: string;
  readonly deviceId: string;
  readonly devicePrefix: string;
  readonly deviceToken: string;
}

/** The part of `fetch` that the engine uses; `globalThis.fetch` fits. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** What {@link openEngine} takes. */
export interface EngineOptions {
  storage: StorageAdapter;
  /** E.g. `https://sync.example.com`; paths of the protocol are appended. */
  serverUrl: string;
  /** Needed the first time a store is opened; afterwards the store remembers it. */
  enrolment?: Enrolment;
  /** Who works this device; `setStaff` changes it. */
  staffId?: string;
  /** `globalThis.fetch` when absent. */
  fetch?: Fetch;
  /** `crypto.getRandomValues` when absent; required on React Native. */
  randomBytes?: (count: number) => Uint8Array;
  /** Milliseconds since 1970 in UTC; `Date.now` when absent. */
  now?: () => number;
  /** Milliseconds that never go back while the device is up; `performance.now` when absent. */
  monotonicNow?: () => number;
  /** Milliseconds between pulls while there is nothing to send; 1,000 to 3,600,000, 10,000 when absent. */
  pullIntervalMs?: number;
  /** Sent with every exchange. */
  appVersion?: string;
}
