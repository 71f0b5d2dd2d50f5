/**
 * The steps: the same for every contender, run in the page. Each checks what it has done; only what stands between two looks at
 * the clock is timed.
 */
import { check, type Contender, type Stored, type Till } from './contender.ts';
import { hourOfNow, inBatches, reportOf, reportText, type SoldOrder, soldOrders, totalOfAll } from './workload.ts';

/** How much is done; `--quick` does less. */
export interface Sizes {
  /** Awaited saves and status updates. */
  readonly awaited: number;
  readonly burst: number;
  readonly batched: number;
  /** Orders of the stored state that were closed: a third sold on this till, the others on two more. */
  readonly closed: number;
  readonly pending: number;
  readonly remote: number;
  /** Orders kept while a save is timed in `growth`. */
  readonly kept: number;
}

/** What a step took; `each` are the single times of awaited actions. All in milliseconds. */
export interface Timing {
  readonly ms: number;
  readonly each?: readonly number[];
  readonly note?: string;
}

const batchSize = 100;
const warmUp = 20;

/** Saves one order after the other, each awaited. */
export async function saves(contender: Contender, { awaited }: Sizes): Promise<Timing> {
  const till = await opened(contender, 'saves');
  const orders = soldOrders(0, warmUp + awaited);
  for (const order of orders.slice(0, warmUp)) await till.save(order);
  const timing = await oneByOne(orders.slice(warmUp), (order) => till.save(order));
  await expectOrders(till, orders);
  await till.close();
  return timing;
}

/** Tells the kitchen about orders that `saves` has left, each awaited. */
export async function updates(contender: Contender, { awaited }: Sizes): Promise<Timing> {
  const till = await opened(contender, 'saves');
  const orders = soldOrders(0, warmUp + awaited);
  for (const order of orders.slice(0, warmUp)) await till.fire(order);
  const { depth } = await till.queue();
  const timing = await oneByOne(orders.slice(warmUp), (order) => till.fire(order));
  const after = await expectOrders(till, orders);
  check(after.fired === orders.length, `${after.fired} of ${orders.length} orders are fired`);
  check(after.queued - depth === awaited, `${after.queued - depth} updates are queued, not ${awaited}`);
  await till.close();
  return timing;
}

/** Saves that nobody waits for one by one; timed until the last is on disk. */
export async function burst(contender: Contender, sizes: Sizes): Promise<Timing> {
  const till = await opened(contender, 'burst');
  const orders = soldOrders(0, sizes.burst);
  const stop = startWatch();
  await Promise.all(orders.map((order) => till.save(order)));
  const ms = stop();
  await expectOrders(till, orders);
  await till.close();
  return { ms };
}

/** Many orders, a hundred at once. */
export async function batches(contender: Contender, { batched }: Sizes): Promise<Timing> {
  const till = await opened(contender, 'batches');
  const orders = soldOrders(0, batched);
  const timing = await oneByOne(inBatches(orders, batchSize), (batch) => till.saveTogether(batch));
  await expectOrders(till, orders);
  await till.close();
  return { ms: timing.ms };
}

/** The stored state for `coldStart` and what follows, as a till comes to it: sold here, read from elsewhere, pending. */
export async function seed(contender: Contender, sizes: Sizes): Promise<Timing> {
  const start = performance.now();
  const till = await opened(contender, 'till');
  const { own, elsewhere, pending } = seeded(sizes);
  for (const batch of inBatches(own, batchSize)) {
    await till.saveTogether(batch);
    await till.payAndClose(batch);
    await till.drain();
  }
  till.prepareRemote(elsewhere, false);
  await till.receive();
  for (const batch of inBatches(pending, batchSize)) await till.saveTogether(batch);
  const stored = await expectOrders(till, [...own, ...elsewhere, ...pending]);
  check(stored.open === pending.length, `${stored.open} orders are open`);
  await till.rest?.();
  await till.close();
  return { ms: performance.now() - start, note: `${stored.queued} queue entries` };
}

/** From nothing loaded until the queue and the open orders are read; for a page of a new browser process. */
export async function coldStart(contender: Contender, sizes: Sizes): Promise<Timing> {
  const stop = startWatch();
  const start = performance.now();
  await contender.load();
  const loaded = performance.now();
  const till = await contender.open('till');
  const [queue, open] = await Promise.all([till.queue(), till.openOrders()]);
  const ms = stop();
  const { pending } = seeded(sizes);
  check(queue.depth >= pending.length && queue.oldestAt !== null, `${queue.depth} entries are queued`);
  check(open.length === pending.length, `${open.length} orders are open`);
  const total = open.reduce((sum, order) => sum + order.totals.totalMinor, 0);
  check(total === totalOfAll(pending), `the open orders come to ${total}`);
  current = till;
  return { ms, note: `import ${(loaded - start).toFixed(0)} ms` };
}

/** The day's totals over the stored state. */
export async function report(_contender: Contender, sizes: Sizes): Promise<Timing | null> {
  const till = held();
  if (till.report === undefined) return null;
  const stop = startWatch();
  const told = await till.report();
  const ms = stop();
  const { own, elsewhere, pending } = seeded(sizes);
  const here = [...own, ...pending].map((order) => [order, hourOfNow] as const);
  const there = elsewhere.map((order) => [order, new Date(order.openedMs).getUTCHours()] as const);
  const wanted = reportText(reportOf([...here, ...there]));
  check(reportText(told) === wanted, `the report says ${reportText(told)} and not ${wanted}`);
  return { ms };
}

/** Sends everything that is pending. */
export async function drain(_contender: Contender, sizes: Sizes): Promise<Timing> {
  const till = held();
  const stop = startWatch();
  const took = await till.drain();
  stop();
  const { own, elsewhere, pending } = seeded(sizes);
  const stored = await expectOrders(till, [...own, ...elsewhere, ...pending]);
  check(stored.queued === 0, `${stored.queued} entries are still queued`);
  return { ms: took.ms, note: `${took.sent} entries in ${took.exchanges} exchanges` };
}

/** Takes over changes of other tills: one half to orders that are known, one half new. */
export async function remote(_contender: Contender, sizes: Sizes): Promise<Timing> {
  const till = held();
  const { own, elsewhere, pending } = seeded(sizes);
  const known = elsewhere.slice(0, sizes.remote / 2);
  const fresh = soldOrders(sizes.closed + sizes.pending, sizes.remote / 2);
  till.prepareRemote(known, true);
  till.prepareRemote(fresh, false);
  const stop = startWatch();
  const took = await till.receive();
  stop();
  const all = [...own, ...elsewhere, ...pending, ...fresh];
  const after = await expectOrders(till, all);
  const guests = known.length + all.reduce((sum, order) => sum + order.guests, 0);
  check(after.guests === guests, `${after.guests} guests, not ${guests}`);
  return { ms: took.ms, note: `${took.exchanges} pages` };
}

/** Opens a store for `growthSaves` that keeps this many closed orders of elsewhere. */
export async function growthSeed(contender: Contender, kept: number): Promise<Timing> {
  const start = performance.now();
  const till = await opened(contender, 'growth');
  const chunk = 5_000;
  for (let from = 0; from < kept; from += chunk) {
    till.prepareRemote(soldOrders(from, Math.min(chunk, kept - from)), false);
    await till.receive();
  }
  for (const order of soldOrders(kept, warmUp)) await till.save(order);
  current = till;
  return { ms: performance.now() - start };
}

/** A few awaited saves, `round` of which came before. */
export async function growthSaves(kept: number, round: number, count: number): Promise<Timing> {
  const till = held();
  return oneByOne(soldOrders(kept + warmUp + round * count, count), (order) => till.save(order));
}

/** Checks what growth has left. */
export async function growthEnd(kept: number, saved: number): Promise<Timing> {
  const till = held();
  await expectOrders(till, soldOrders(0, kept + warmUp + saved));
  await till.close();
  return { ms: 0 };
}

/** The till that a step has left open for the next. */
let current: Till | undefined;
const held = (): Till => {
  if (current === undefined) throw new Error('no step has left a till open');
  return current;
};

async function opened(contender: Contender, name: string): Promise<Till> {
  await contender.load();
  return contender.open(name);
}

/** The stored state's orders. */
function seeded({ closed, pending }: Pick<Sizes, 'closed' | 'pending'>): {
  own: SoldOrder[];
  elsewhere: SoldOrder[];
  pending: SoldOrder[];
} {
  const own = Math.floor(closed / 3);
  return {
    own: soldOrders(0, own),
    elsewhere: soldOrders(own, closed - own),
    pending: soldOrders(closed, pending),
  };
}

/** Starts the watch, and Chromium's profiler where it was asked for; what is returned stops both. Milliseconds. */
function startWatch(): () => number {
  const { profile, profileEnd } = console as unknown as Record<'profile' | 'profileEnd', (name: string) => void>;
  profile('timed');
  const start = performance.now();
  return () => {
    const ms = performance.now() - start;
    profileEnd('timed');
    return ms;
  };
}

async function oneByOne<Value>(values: readonly Value[], act: (value: Value) => Promise<void>): Promise<Timing> {
  const each: number[] = [];
  const stop = startWatch();
  let last = performance.now();
  for (const value of values) {
    await act(value);
    const now = performance.now();
    each.push(now - last);
    last = now;
  }
  return { ms: stop(), each };
}

/** Checks that exactly these orders are there, by their count and their sum. */
async function expectOrders(till: Till, orders: readonly SoldOrder[]): Promise<Stored> {
  const stored = await till.stored();
  check(stored.orders === orders.length, `${stored.orders} orders are stored, not ${orders.length}`);
  const total = totalOfAll(orders);
  check(stored.totalMinor === total, `the orders come to ${stored.totalMinor}, not ${total}`);
  return stored;
}
