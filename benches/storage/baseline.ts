/**
 * The baseline: what a careful developer writes by hand for one app. `orders` holds each order as the screen shows it, totals
 * included; `queue` holds what the server has not heard of. Every action writes both in one transaction and is done when that
 * is `complete`. No library, no layer, no check that this app does not need.
 */
import type { Item, Option, Tax } from './menu.ts';

/** What the app knows beside the store. */
export interface App {
  readonly items: ReadonlyMap<string, Item>;
  readonly options: ReadonlyMap<string, Option>;
  readonly taxes: ReadonlyMap<string, Tax>;
  readonly businessDate: string;
  readonly now: () => number;
}

/** What a person enters. */
export interface NewOrder {
  readonly orderId: string;
  readonly tableId: string;
  readonly guests: number;
  readonly lines: readonly { lineId: string; itemId: string; optionId: string; qty: number }[];
}

/** A line as the screen shows it. */
export interface Line {
  lineId: string;
  itemId: string;
  name: string;
  qty: number;
  firedQty: number;
  kitchen: 'new' | 'sent';
  unitPriceMinor: number;
  modifiers: { optionId: string; name: string; priceMinor: number }[];
  grossMinor: number;
  netMinor: number;
  taxMinor: number;
}
/** An order as the screen shows it. */
export interface Order {
  orderId: string;
  ticketNo: string;
  businessDate: string;
  tableId: string;
  guests: number;
  orderType: 'dine_in';
  serverId: string;
  status: 'open' | 'closed';
  paymentState: 'unpaid' | 'paid';
  currency: string;
  currencyExponent: number;
  openedAt: string;
  openedBy: string;
  closedAt: string | null;
  lines: Line[];
  payments: { paymentId: string; type: 'cash'; amountMinor: number; tipMinor: number; at: string; by: string }[];
  totals: {
    grossMinor: number;
    netMinor: number;
    taxes: { taxId: string; ratePpm: number; baseMinor: number; taxMinor: number }[];
    taxMinor: number;
    totalMinor: number;
    paidMinor: number;
    balanceMinor: number;
  };
  /** The server's version; 0 until it has one. */
  rev: number;
}
/** What waits for the server: the change, not the whole order. */
export interface QueueEntry {
  seq?: number;
  id: string;
  type: 'open_order' | 'fire' | 'pay_and_close';
  orderId: string;
  at: string;
  by: string;
  change: unknown;
}

const staff = 'stf_mara';
const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
const answered = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Opens the app's database. `default` durability is what a transaction has that asks for none: relaxed, in Chromium. */
export async function openBaseline(name: string, durability: 'strict' | 'default', app: App): Promise<Baseline> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const orders = request.result.createObjectStore('orders', { keyPath: 'orderId' });
    // One index for both questions: a day's open orders, and all of a day.
    orders.createIndex('day', ['businessDate', 'status']);
    request.result.createObjectStore('queue', { keyPath: 'seq', autoIncrement: true });
  };
  return new Baseline(await answered(request), durability, app);
}

/** The open database. */
export class Baseline {
  readonly database: IDBDatabase;
  readonly #durability: 'strict' | 'default';
  readonly #app: App;
  #tickets = 0;

  constructor(database: IDBDatabase, durability: 'strict' | 'default', app: App) {
    this.database = database;
    this.#durability = durability;
    this.#app = app;
  }

  /** Opens orders, each with its queue entry, in one transaction. */
  async openOrders(orders: readonly NewOrder[]): Promise<void> {
    const { transaction, store, queue } = this.#write();
    for (const order of orders) {
      const at = this.#at();
      store.put(this.#orderOf(order, at));
      queue.add(entryOf('open_order', order.orderId, at, order));
    }
    transaction.commit();
    await done(transaction);
  }

  /** Tells the kitchen about every line. */
  async fire(orderId: string): Promise<void> {
    const { transaction, store, queue } = this.#write();
    const reading = store.get(orderId) as IDBRequest<Order>;
    reading.onsuccess = () => {
      const order = reading.result;
      for (const line of order.lines) {
        line.kitchen = 'sent';
        line.firedQty = line.qty;
      }
      store.put(order);
      const lines = order.lines.map(({ lineId, qty }) => ({ lineId, qty }));
      queue.add(entryOf('fire', orderId, this.#at(), { fireId: crypto.randomUUID(), lines }));
      transaction.commit();
    };
    await done(transaction);
  }

  /** Takes the exact sum in cash and closes. */
  async payAndClose(orders: readonly { orderId: string; paymentId: string }[]): Promise<void> {
    const { transaction, store, queue } = this.#write();
    for (const { orderId, paymentId } of orders) {
      const reading = store.get(orderId) as IDBRequest<Order>;
      reading.onsuccess = () => {
        const order = reading.result;
        const at = this.#at();
        settle(order, paymentId, at);
        store.put(order);
        queue.add(entryOf('pay_and_close', orderId, at, { paymentId, amountMinor: order.totals.totalMinor }));
      };
    }
    await done(transaction);
  }

  /** How many entries wait, and the first. */
  async queue(): Promise<{ depth: number; head: QueueEntry | undefined }> {
    const queue = this.database.transaction('queue').objectStore('queue');
    const [depth, [head]] = await Promise.all([
      answered(queue.count()),
      answered(queue.getAll(null, 1) as IDBRequest<QueueEntry[]>),
    ]);
    return { depth, head };
  }

  /** The day's open orders. */
  openOrdersOfDay(): Promise<Order[]> {
    const day = this.database.transaction('orders').objectStore('orders').index('day');
    return answered(day.getAll(IDBKeyRange.only([this.#app.businessDate, 'open'])) as IDBRequest<Order[]>);
  }

  /** Sends everything that waits, `batch` entries at once, and notes the server's versions. */
  async drain(batch: number, send: (body: string) => Promise<string>): Promise<{ exchanges: number; sent: number }> {
    for (let exchanges = 0, sent = 0; ; exchanges += 1) {
      const reading = this.database.transaction('queue').objectStore('queue').getAll(null, batch);
      const entries = (await answered(reading)) as QueueEntry[];
      if (entries.length === 0) return { exchanges, sent };
      const reply = JSON.parse(await send(JSON.stringify({ entries }))) as {
        results: { seq: number; orderId: string; rev: number }[];
      };
      const { transaction, store, queue } = this.#write();
      const revs = new Map(reply.results.map(({ orderId, rev }) => [orderId, rev]));
      for (const { seq } of reply.results) queue.delete(seq);
      let left = revs.size;
      for (const [orderId, rev] of revs) {
        const order = store.get(orderId) as IDBRequest<Order>;
        order.onsuccess = () => {
          store.put({ ...order.result, rev });
          left -= 1;
          if (left === 0) transaction.commit();
        };
      }
      await done(transaction);
      sent += reply.results.length;
    }
  }

  /** Takes over a page of orders from the server. */
  async receive(page: string): Promise<void> {
    const { orders } = JSON.parse(page) as { orders: Order[] };
    const { transaction, store } = this.#write();
    for (const order of orders) store.put(order);
    transaction.commit();
    await done(transaction);
  }

  /** The day's sales without tax by hour and by item; pages, because one answer would hold every order at once. */
  async report(): Promise<{
    byHour: Record<string, { orders: number; netMinor: number }>;
    byItem: Record<string, { qty: number; netMinor: number }>;
  }> {
    const byHour: Record<string, { orders: number; netMinor: number }> = {};
    const byItem: Record<string, { qty: number; netMinor: number }> = {};
    const pageSize = 2_000;
    const store = this.database.transaction('orders').objectStore('orders');
    for (let range: IDBKeyRange | null = null; ;) {
      // Every order of the database: nothing is faster than no index where all are of the day.
      const page = (await answered(store.getAll(range, pageSize))) as Order[];
      for (const order of page) {
        if (order.businessDate !== this.#app.businessDate) continue;
        const ofHour = (byHour[Number(order.openedAt.slice(11, 13))] ??= { orders: 0, netMinor: 0 });
        ofHour.orders += 1;
        ofHour.netMinor += order.totals.netMinor;
        for (const line of order.lines) {
          const ofItem = (byItem[line.itemId] ??= { qty: 0, netMinor: 0 });
          ofItem.qty += line.qty;
          ofItem.netMinor += line.netMinor;
        }
      }
      const last = page.at(-1);
      if (page.length < pageSize || last === undefined) return { byHour, byItem };
      range = IDBKeyRange.lowerBound(last.orderId, true);
    }
  }

  /** An order as it would be after all of this, for a server that has it. */
  closedElsewhere(order: NewOrder & { paymentId: string }, openedAt: string, closedAt: string): Order {
    const closed = this.#orderOf(order, openedAt);
    settle(closed, order.paymentId, closedAt);
    closed.rev = 1;
    return closed;
  }

  #write(): { transaction: IDBTransaction; store: IDBObjectStore; queue: IDBObjectStore } {
    const durability = this.#durability;
    const transaction = this.database.transaction(['orders', 'queue'], 'readwrite', { durability });
    return { transaction, store: transaction.objectStore('orders'), queue: transaction.objectStore('queue') };
  }

  #at(): string {
    return new Date(this.#app.now()).toISOString();
  }

  #orderOf(order: NewOrder, at: string): Order {
    this.#tickets += 1;
    const lines = order.lines.map(({ lineId, itemId, optionId, qty }): Line => {
      const item = this.#app.items.get(itemId);
      const option = this.#app.options.get(optionId);
      if (item === undefined || option === undefined) throw new Error(`not on the menu: ${itemId} with ${optionId}`);
      const grossMinor = qty * (item.price_minor + option.price_minor);
      return {
        lineId,
        itemId,
        name: item.name,
        qty,
        firedQty: 0,
        kitchen: 'new',
        unitPriceMinor: item.price_minor,
        modifiers: [{ optionId, name: option.name, priceMinor: option.price_minor }],
        grossMinor,
        netMinor: grossMinor,
        taxMinor: 0,
      };
    });
    const taxes = this.#chargeTaxes(lines);
    const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
    const taxMinor = taxes.reduce((sum, tax) => sum + tax.taxMinor, 0);
    const totalMinor = netMinor + taxMinor;
    return {
      orderId: order.orderId,
      ticketNo: `A-${String(this.#tickets).padStart(4, '0')}`,
      businessDate: this.#app.businessDate,
      tableId: order.tableId,
      guests: order.guests,
      orderType: 'dine_in',
      serverId: staff,
      status: 'open',
      paymentState: 'unpaid',
      currency: 'USD',
      currencyExponent: 2,
      openedAt: at,
      openedBy: staff,
      closedAt: null,
      lines,
      payments: [],
      totals: { grossMinor: netMinor, netMinor, taxes, taxMinor, totalMinor, paidMinor: 0, balanceMinor: totalMinor },
      rev: 0,
    };
  }

  /** Each tax once over all that bears it; the last line that bears it takes what rounding leaves. */
  #chargeTaxes(lines: Line[]): Order['totals']['taxes'] {
    const bearers = new Map<string, Line[]>();
    for (const line of lines) {
      for (const taxId of this.#app.items.get(line.itemId)?.tax_ids ?? []) {
        bearers.set(taxId, [...(bearers.get(taxId) ?? []), line]);
      }
    }
    return [...bearers].map(([taxId, bearing]) => {
      const ratePpm = this.#app.taxes.get(taxId)?.rate_ppm ?? 0;
      const baseMinor = bearing.reduce((sum, line) => sum + line.netMinor, 0);
      const taxMinor = halfEven(baseMinor * ratePpm, 1_000_000);
      let left = taxMinor;
      bearing.forEach((line, place) => {
        const share = place === bearing.length - 1 ? left : Math.round((taxMinor * line.netMinor) / baseMinor);
        line.taxMinor += share;
        left -= share;
      });
      return { taxId, ratePpm, baseMinor, taxMinor };
    });
  }
}

function settle(order: Order, paymentId: string, at: string): void {
  const amountMinor = order.totals.totalMinor;
  order.payments.push({ paymentId, type: 'cash', amountMinor, tipMinor: 0, at, by: staff });
  order.totals.paidMinor = amountMinor;
  order.totals.balanceMinor = 0;
  order.paymentState = 'paid';
  order.status = 'closed';
  order.closedAt = at;
}

function entryOf(type: QueueEntry['type'], orderId: string, at: string, change: unknown): QueueEntry {
  return { id: crypto.randomUUID(), type, orderId, at, by: staff, change };
}

function halfEven(product: number, whole: number): number {
  const floor = Math.floor(product / whole);
  const twice = 2 * (product - floor * whole);
  return twice > whole || (twice === whole && floor % 2 === 1) ? floor + 1 : floor;
}
