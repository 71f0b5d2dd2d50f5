/**
 * A sync server inside the page that answers at once, as docs/protocol.md has it: a verdict for each mutation, and the location's
 * changed records after the cursor. It trusts its one till: what it checks is that no mutation comes with a hole before it.
 * `js-tests` compares its answers with the real server's.
 */
import { menuRecord } from './menu.ts';
import { type Change, changed, type StoredOrder } from './stored_order.ts';
import { now } from './workload.ts';

interface Mutation {
  readonly id: string;
  readonly seq: number;
  readonly record_id: string;
  readonly stamp: string;
  readonly recorded: { readonly wall: string };
  readonly actor: { readonly staff_id: string };
  readonly change: Change;
}
interface Request {
  readonly cursor: string | null;
  readonly limit: number;
  readonly mutations: readonly Mutation[];
}
/** An order with the server's version and the highest `seq` of the till that it holds. */
interface Kept {
  order: StoredOrder;
  rev: number;
  ownSeq: number;
}
/** One place of the location's change sequence. */
interface Entry {
  readonly id: string;
  /** What stands behind `"changed_seq"`; made when it is asked for where it is an order that this server has made. */
  readonly text: (changedSeq: number) => string;
}
/** What its till has on disk is kept no longer. */
const readLongAgo: Entry = { id: '', text: () => '' };

const settings = {
  location_id: 'loc_quay',
  name: 'Saltmarsh Quay',
  zone: 'Etc/UTC',
  zone_rule: 'UTC0',
  currency: 'USD',
  currency_exponent: 2,
  cut_over_hour: 4,
};

/** The server. A page that opens a known store makes a new one, which takes its till's word for everything before. */
export class FakeServer {
  /** Whether requests reach it. */
  online = true;
  /** What it has spent so far on its own work, in milliseconds: none of it is the till's. */
  spentMs = 0;
  /** Requests answered so far. */
  exchanges = 0;
  /** Mutations decided so far. */
  decided = 0;
  /** Whether its till has asked for everything that it holds. */
  isRead = false;
  readonly #kept = new Map<string, Kept>();
  readonly #log: Entry[] = [];
  readonly #lastPlace = new Map<string, number>();
  #forgotten = 0;
  #start: number | null = null;
  #nextSeq: number | null = null;

  /** `newLocation` for a till with an empty store: it is sent the menu and the location's settings. */
  constructor(newLocation: boolean) {
    if (!newLocation) return;
    this.#start = 0;
    this.#nextSeq = 1;
    const single = (collection: string, record: unknown): void => {
      const text = JSON.stringify(record);
      this.#append(collection, (seq) => entryText(collection, 'loc_quay', 1, seq, 0, text));
    };
    single('location', settings);
    single('menu', menuRecord);
  }

  /** Has it hold orders of other tills, in the version `rev`. */
  hold(orders: readonly StoredOrder[], rev: number): void {
    for (const order of orders) {
      const text = JSON.stringify(order);
      this.#append(order.order_id, (seq) => entryText('orders', order.order_id, rev, seq, 0, text));
    }
  }

  /** What the engine is given in place of `fetch`. */
  readonly fetch = async (_url: string, init: { readonly body?: string }) => {
    if (!this.online) throw new TypeError('the network is off');
    const before = performance.now();
    const body = this.answer(JSON.parse(init.body ?? '') as Request);
    this.spentMs += performance.now() - before;
    const headers = { get: (name: string) => (name.toLowerCase() === 'content-type' ? 'application/json' : null) };
    return { status: 200, headers, text: () => Promise.resolve(body) };
  };

  /** The reply to a request, as text. */
  answer({ cursor, limit, mutations }: Request): string {
    this.exchanges += 1;
    const verdicts = mutations.map((mutation) => this.#decide(mutation));
    const asked = Number(cursor?.split('.')[3] ?? 0);
    this.#start ??= asked;
    const from = asked - this.#start;
    for (; this.#forgotten < from; this.#forgotten += 1) this.#log[this.#forgotten] = readLongAgo;
    const entries: string[] = [];
    let next = from;
    for (; next < this.#log.length && entries.length < limit; next += 1) {
      const entry = this.#log[next];
      // Each record once, at its latest place.
      if (entry !== undefined && this.#lastPlace.get(entry.id) === next) {
        entries.push(entry.text(this.#start + next + 1));
      }
    }
    const ackedSeq = (this.#nextSeq ?? 1) - 1;
    const more = next < this.#log.length;
    this.isRead = !more;
    return `{"protocol":1,"server_time":"${new Date(now()).toISOString()}","acked_seq":${ackedSeq},"verdicts":${JSON.stringify(verdicts)},"changes":[${entries.join(',')}],"cursor":"1.loc_quay.bench.${this.#start + next}","has_more":${more}}`;
  }

  #decide({ id, seq, record_id, stamp, recorded, actor, change }: Mutation): unknown {
    if (this.#nextSeq !== null && seq !== this.#nextSeq) throw new Error(`${seq} came, ${this.#nextSeq} was due`);
    this.#nextSeq = seq + 1;
    this.decided += 1;
    const known = this.#kept.get(record_id);
    const order = changed(known?.order, record_id, change, { stamp, staffId: actor.staff_id, at: recorded.wall });
    const kept = { order, rev: (known?.rev ?? 0) + 1, ownSeq: seq };
    this.#kept.set(record_id, kept);
    this.#append(record_id, (place) =>
      entryText('orders', record_id, kept.rev, place, kept.ownSeq, JSON.stringify(kept.order)),
    );
    return { id, seq, outcome: 'applied', rev: kept.rev, replayed: false, findings: [] };
  }

  #append(id: string, text: Entry['text']): void {
    this.#lastPlace.set(id, this.#log.length);
    this.#log.push({ id, text });
    this.isRead = false;
  }
}

function entryText(
  collection: string,
  id: string,
  rev: number,
  changedSeq: number,
  ownSeq: number,
  record: string,
): string {
  return `{"collection":"${collection}","id":"${id}","rev":${rev},"changed_seq":${changedSeq},"own_seq":${ownSeq},"record":${record}}`;
}
