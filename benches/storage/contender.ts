/** What every contender does, so that the steps are the same for all. */
import type { DayReport, SoldOrder } from './workload.ts';

/** The contenders: ours, and the same written by hand over IndexedDB at two durabilities. */
export const contenderIds = ['engine', 'strict', 'relaxed'] as const;
/** One of them. */
export type ContenderId = (typeof contenderIds)[number];

/** One contender. */
export interface Contender {
  /** Loads its code as an app would; everything before it is the bench's own. */
  load(): Promise<void>;
  /** Opens the store `name`, which may be new. `load` must have been awaited. */
  open(name: string): Promise<Till>;
}

/** An open store. What resolves is on disk, as far as the contender's durability goes. */
export interface Till {
  /** Opens an order with its lines, and queues that for the server. */
  save(order: SoldOrder): Promise<void>;
  /** The same for many orders that are there at once. */
  saveTogether(orders: readonly SoldOrder[]): Promise<void>;
  /** Tells the kitchen about the order: a status update on an existing order, and queues that. */
  fire(order: SoldOrder): Promise<void>;
  /** Takes the exact sum in cash and closes; many at once. */
  payAndClose(orders: readonly SoldOrder[]): Promise<void>;
  /** How much waits for the server and since when. */
  queue(): Promise<{ depth: number; oldestAt: string | null }>;
  /** The day's open orders as objects, as a screen would show them. */
  openOrders(): Promise<readonly { orderId: string; totals: { totalMinor: number } }[]>;
  /** Sends everything that waits, at most 100 entries at once, and takes over the answers. */
  drain(): Promise<Took>;
  /** Has the server hold what `orders` are elsewhere: closed, of another till, `changed` in the version after. */
  prepareRemote(orders: readonly SoldOrder[], changed: boolean): void;
  /** Takes over everything that the server was given by `prepareRemote`, 500 orders at once. */
  receive(): Promise<Took>;
  /** The day's totals by hour and by item. */
  report?(): Promise<DayReport>;
  /** Resolves when the store is as it is after a quiet moment; absent where nothing is put off. Not timed. */
  rest?(): Promise<void>;
  /** Everything stored, for checks; not timed. */
  stored(): Promise<Stored>;
  close(): Promise<void>;
}

/** How long something took, in milliseconds, without what the server in the page took for its part. */
export interface Took {
  readonly ms: number;
  /** Round trips. */
  readonly exchanges: number;
  /** Queue entries sent. */
  readonly sent: number;
}

/** What a store holds. */
export interface Stored {
  readonly orders: number;
  readonly open: number;
  readonly totalMinor: number;
  /** Orders of which the kitchen knows every line. */
  readonly fired: number;
  /** Guests of all orders: what remote changes change. */
  readonly guests: number;
  /** Entries that wait for the server. */
  readonly queued: number;
}

/** Stops the bench: a wrong answer has no time. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`wrong answer: ${what}`);
}
