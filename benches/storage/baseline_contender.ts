/** The baseline behind the contenders' common face. */
import type { Baseline, Order } from './baseline.ts';
import { check, type Contender, type Stored, type Till, type Took } from './contender.ts';
import { items, options, taxes } from './menu.ts';
import { businessDate, inBatches, now, type SoldOrder } from './workload.ts';

/** Where the page's server has the baseline, bundled alone as an app's own module would be. */
const baselineUrl = '/baseline.js';
const entriesMax = 100;
const pageSize = 500;

/** IndexedDB by hand, at a durability. */
export function baselineContender(durability: 'strict' | 'default'): Contender {
  let module: typeof import('./baseline.ts');
  return {
    load: async () => {
      module = (await import(baselineUrl)) as typeof import('./baseline.ts');
    },
    open: async (name) => {
      const app = { items, options, taxes, businessDate, now };
      return new BaselineTill(await module.openBaseline(name, durability, app));
    },
  };
}

class BaselineTill implements Till {
  readonly #baseline: Baseline;
  #pages: string[] = [];

  constructor(baseline: Baseline) {
    this.#baseline = baseline;
  }

  save(order: SoldOrder): Promise<void> {
    return this.#baseline.openOrders([order]);
  }

  saveTogether(orders: readonly SoldOrder[]): Promise<void> {
    return this.#baseline.openOrders(orders);
  }

  fire({ orderId }: SoldOrder): Promise<void> {
    return this.#baseline.fire(orderId);
  }

  payAndClose(orders: readonly SoldOrder[]): Promise<void> {
    return this.#baseline.payAndClose(orders);
  }

  async queue(): Promise<{ depth: number; oldestAt: string | null }> {
    const { depth, head } = await this.#baseline.queue();
    return { depth, oldestAt: head?.at ?? null };
  }

  openOrders(): Promise<readonly Order[]> {
    return this.#baseline.openOrdersOfDay();
  }

  async drain(): Promise<Took> {
    let serverMs = 0;
    const answer = async (body: string): Promise<string> => {
      const before = performance.now();
      const { entries } = JSON.parse(body) as { entries: { seq: number; orderId: string }[] };
      const text = JSON.stringify({ results: entries.map(({ seq, orderId }) => ({ seq, orderId, rev: 1 })) });
      serverMs += performance.now() - before;
      return text;
    };
    const start = performance.now();
    const { exchanges, sent } = await this.#baseline.drain(entriesMax, answer);
    return { ms: performance.now() - start - serverMs, exchanges, sent };
  }

  prepareRemote(orders: readonly SoldOrder[], changed: boolean): void {
    const records = orders.map((sold) => {
      const [openedAt, closedAt] = [sold.openedMs, sold.openedMs + 12 * 60_000].map((ms) => new Date(ms).toISOString());
      check(openedAt !== undefined && closedAt !== undefined, 'two times make two texts');
      const order = this.#baseline.closedElsewhere(sold, openedAt, closedAt);
      return changed ? { ...order, guests: order.guests + 1, rev: 2 } : order;
    });
    this.#pages.push(...inBatches(records, pageSize).map((page) => JSON.stringify({ orders: page })));
  }

  async receive(): Promise<Took> {
    const pages = this.#pages;
    this.#pages = [];
    const start = performance.now();
    for (const page of pages) await this.#baseline.receive(page);
    return { ms: performance.now() - start, exchanges: pages.length, sent: 0 };
  }

  report() {
    return this.#baseline.report();
  }

  async stored(): Promise<Stored> {
    const stored = { orders: 0, open: 0, totalMinor: 0, fired: 0, guests: 0 };
    const transaction = this.#baseline.database.transaction(['orders', 'queue']);
    const queue = transaction.objectStore('queue').count();
    const reading = transaction.objectStore('orders').openCursor();
    reading.onsuccess = () => {
      const cursor = reading.result;
      if (cursor === null) return;
      const { status, totals, lines, guests } = cursor.value as Order;
      stored.orders += 1;
      stored.open += Number(status === 'open');
      stored.totalMinor += totals.totalMinor;
      stored.fired += Number(lines.length > 0 && lines.every((line) => line.kitchen === 'sent'));
      stored.guests += guests;
      cursor.continue();
    };
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    return { ...stored, queued: queue.result };
  }

  close(): Promise<void> {
    this.#baseline.database.close();
    return Promise.resolve();
  }
}
