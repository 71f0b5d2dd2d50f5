/** Our engine as an app uses it. Every call to it is in this file. */
import type { Engine, OrderView } from '@auraconnect/offline-sync';
import type { Contender, Stored, Till, Took } from './contender.ts';
import { FakeServer } from './fake_server.ts';
import { closedElsewhere } from './stored_order.ts';
import { now, type SoldOrder } from './workload.ts';

type Face = typeof import('@auraconnect/offline-sync');

/** Where the page's server has the built package. */
const packageUrl = '/engine.js';
/** Longer than any step: no pull starts by itself. */
const pullIntervalMs = 3_600_000;
const otherDevice = 'dev_c';

/** The engine over its IndexedDB storage. */
export function engineContender(): Contender {
  let face: Face;
  return {
    load: async () => {
      face = (await import(packageUrl)) as Face;
    },
    open: async (name) => {
      const isNew = !(await indexedDB.databases()).some((database) => database.name === name);
      const server = new FakeServer(isNew);
      server.online = isNew;
      const engine = await face.openEngine({
        storage: await face.indexedDbStorage(name),
        serverUrl: 'https://sync.invalid',
        staffId: 'stf_mara',
        fetch: server.fetch,
        now,
        pullIntervalMs,
        appVersion: 'bench',
        // A known store remembers whose it is.
        ...(isNew ? { enrolment: enrolmentOf(name) } : {}),
      });
      const till = new EngineTill(engine, server);
      if (isNew) {
        await till.until(() => engine.menu() !== undefined && !engine.status().exchanging);
        server.online = false;
      }
      return till;
    },
  };
}

const enrolmentOf = (name: string) => ({
  tenantId: 'ten_saltmarsh',
  locationId: 'loc_quay',
  deviceId: `dev_${name}`,
  devicePrefix: 'A',
  deviceToken: 'dvc_bench',
});

class EngineTill implements Till {
  readonly #engine: Engine;
  readonly #server: FakeServer;
  #tickets = 0;

  constructor(engine: Engine, server: FakeServer) {
    this.#engine = engine;
    this.#server = server;
  }

  async save(order: SoldOrder): Promise<void> {
    await openWithLines(this.#engine, order);
  }

  async saveTogether(orders: readonly SoldOrder[]): Promise<void> {
    await Promise.all(orders.map((order) => openWithLines(this.#engine, order)));
  }

  async fire({ orderId }: SoldOrder): Promise<void> {
    await this.#engine.orders.fire(orderId);
  }

  async payAndClose(sold: readonly SoldOrder[]): Promise<void> {
    const { orders } = this.#engine;
    await Promise.all(
      sold.flatMap(({ orderId, paymentId }) => {
        const amountMinor = orders.get(orderId)?.totals.balanceMinor ?? 0;
        return [orders.addPayment(orderId, { paymentId, type: 'cash', amountMinor }), orders.close(orderId)];
      }),
    );
  }

  queue(): Promise<{ depth: number; oldestAt: string | null }> {
    const { queueDepth, oldestPendingAt } = this.#engine.status();
    return Promise.resolve({ depth: queueDepth, oldestAt: oldestPendingAt });
  }

  openOrders(): Promise<readonly OrderView[]> {
    return Promise.resolve(this.#engine.orders.list({ status: 'open' }));
  }

  drain(): Promise<Took> {
    return this.#exchanged(() => this.#engine.status().queueDepth === 0);
  }

  prepareRemote(orders: readonly SoldOrder[], changed: boolean): void {
    const records = orders.map((sold) => {
      this.#tickets += 1;
      const order = closedElsewhere(sold, `C-${String(this.#tickets).padStart(4, '0')}`, otherDevice);
      return changed ? { ...order, guests: { ...order.guests, value: order.guests.value + 1 } } : order;
    });
    this.#server.hold(records, changed ? 2 : 1);
  }

  receive(): Promise<Took> {
    return this.#exchanged(() => true);
  }

  // Totals by hour and by item come with `engine.reports`; until then the step prints n/a.

  /** The journal is folded once nobody has saved for a second. */
  async rest(): Promise<void> {
    while (this.#engine.status().storage.journalEntries > 8) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stored(): Promise<Stored> {
    // Finished days come into memory when asked for.
    await this.#engine.loadDays();
    const views = this.#engine.orders.list();
    const sum = (part: (view: OrderView) => number): number => views.reduce((total, view) => total + part(view), 0);
    return {
      orders: views.length,
      open: sum((view) => Number(view.status === 'open')),
      totalMinor: sum((view) => view.totals.totalMinor),
      fired: sum((view) => Number(view.lines.length > 0 && view.lines.every((line) => line.kitchen === 'sent'))),
      guests: sum((view) => view.guests),
      queued: this.#engine.status().queueDepth,
    };
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /** Has it exchange with the server until nothing is left to send or to read and `done` holds. */
  async #exchanged(done: () => boolean): Promise<Took> {
    const engine = this.#engine;
    const server = this.#server;
    const { spentMs, exchanges, decided } = server;
    server.online = true;
    const start = performance.now();
    engine.setConnection('online');
    engine.syncNow();
    await this.until(() => {
      const { exchanging, lastErrorCode, parked, findings } = engine.status();
      if (parked.length > 0 || findings.length > 0) throw new Error('the server refused or found something');
      return !exchanging && lastErrorCode === null && server.exchanges > exchanges && server.isRead && done();
    });
    const ms = performance.now() - start - (server.spentMs - spentMs);
    server.online = false;
    return { ms, exchanges: server.exchanges - exchanges, sent: server.decided - decided };
  }

  /** Waits, listening as an app does. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const stop = this.#engine.subscribe(({ type }) => {
        if (type !== 'status_changed') return;
        try {
          if (!holds()) return;
          stop();
          resolve();
        } catch (thrown) {
          stop();
          reject(thrown as Error);
        }
      });
    });
  }
}

/** One order with its lines: what the app calls for one press of a button. */
async function openWithLines({ orders }: Engine, order: SoldOrder): Promise<void> {
  const { orderId, tableId, guests } = order;
  const lines = order.lines.map(({ lineId, itemId, optionId, qty }) => ({
    lineId,
    itemId,
    qty,
    optionIds: [optionId],
  }));
  await orders.open({ orderId, tableId, guests, lines });
}
