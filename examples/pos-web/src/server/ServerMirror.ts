/** What the strip shows of the server. */
export interface ServerView {
  readonly state: 'asking' | 'reachable' | 'unreachable';
  readonly orders: number;
  readonly payments: number;
  readonly paymentsMinor: number;
  readonly currency: string;
  readonly currencyExponent: number;
}

interface Change {
  readonly collection: string;
  readonly id: string;
  readonly rev: number;
  readonly record: OrderRecord | null;
}

/** The part of an order, as the server keeps it, that the strip adds up. */
interface OrderRecord {
  readonly currency?: { readonly code: string; readonly exponent: number };
  readonly payments?: Readonly<Record<string, { readonly amount_minor?: number }>>;
}

interface ChangesReply {
  readonly changes: readonly Change[];
  readonly cursor: string | null;
  readonly has_more: boolean;
}

interface KeptOrder {
  readonly rev: number;
  readonly payments: number;
  readonly paidMinor: number;
}

const POLL_MS = 2_000;
const PAGE_LIMIT = 500;
const CURSOR_EXPIRED = 410;

const NOTHING_YET: ServerView = {
  state: 'asking',
  orders: 0,
  payments: 0,
  paymentsMinor: 0,
  currency: 'USD',
  currencyExponent: 2,
};

/**
 * What the server holds, read straight from it and not through a till's engine: the strip must be able to disagree
 * with the tills. Every poll asks only for what changed since the last one.
 */
export class ServerMirror {
  readonly #token: string;
  readonly #orders = new Map<string, KeptOrder>();
  readonly #listeners = new Set<() => void>();
  #cursor: string | null = null;
  #view: ServerView = NOTHING_YET;
  #currency = NOTHING_YET.currency;
  #currencyExponent = NOTHING_YET.currencyExponent;
  #polling = false;
  #timer: number | undefined;

  constructor(deviceToken: string) {
    this.#token = deviceToken;
  }

  readonly view = (): ServerView => this.#view;

  /** Polls as long as somebody listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#poll();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) window.clearTimeout(this.#timer);
    };
  };

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    window.clearTimeout(this.#timer);
    try {
      while (await this.#readPage());
      this.#show(this.#sums());
    } catch {
      this.#show({ ...this.#view, state: 'unreachable' });
    }
    this.#polling = false;
    if (this.#listeners.size > 0) this.#timer = window.setTimeout(() => void this.#poll(), POLL_MS);
  }

  /** Reads one page; `true` when there is another. */
  async #readPage(): Promise<boolean> {
    const query = new URLSearchParams({ cursor: this.#cursor ?? '', limit: String(PAGE_LIMIT) });
    const reply = await fetch(`/sync/changes?${query}`, { headers: { authorization: `Bearer ${this.#token}` } });
    if (reply.status === CURSOR_EXPIRED && this.#cursor !== null) {
      this.#cursor = null;
      this.#orders.clear();
      return true;
    }
    if (!reply.ok) throw new Error(`The server answered ${reply.status}.`);
    const page = (await reply.json()) as ChangesReply;
    for (const change of page.changes) this.#take(change);
    this.#cursor = page.cursor;
    return page.has_more;
  }

  #take(change: Change): void {
    if (change.collection !== 'orders') return;
    const { record } = change;
    if (record === null) {
      this.#orders.delete(change.id);
      return;
    }
    if ((this.#orders.get(change.id)?.rev ?? -1) > change.rev) return;
    const payments = Object.values(record.payments ?? {});
    this.#orders.set(change.id, {
      rev: change.rev,
      payments: payments.length,
      paidMinor: payments.reduce((sum, payment) => sum + (payment.amount_minor ?? 0), 0),
    });
    this.#currency = record.currency?.code ?? this.#currency;
    this.#currencyExponent = record.currency?.exponent ?? this.#currencyExponent;
  }

  #sums(): ServerView {
    const kept = [...this.#orders.values()];
    return {
      state: 'reachable',
      currency: this.#currency,
      currencyExponent: this.#currencyExponent,
      orders: kept.length,
      payments: kept.reduce((sum, order) => sum + order.payments, 0),
      paymentsMinor: kept.reduce((sum, order) => sum + order.paidMinor, 0),
    };
  }

  #show(view: ServerView): void {
    const keys = Object.keys(view) as (keyof ServerView)[];
    if (keys.every((key) => view[key] === this.#view[key])) return;
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }
}
