import {
  type ConflictView,
  type DayReport,
  type DrawerSessionView,
  type Engine,
  EngineError,
  type EngineEvent,
  type JourneyStep,
  type MenuView,
  type OnClockView,
  type OrderView,
  type SignedIn,
  type StaffView,
  type Status,
  type TimecardView,
} from '@auraconnect/offline-sync';
import type { Currency } from '../money/money.ts';

type Topic = 'orders' | 'menu' | 'status' | 'conflicts' | 'staff' | 'shifts';

/** Who works for this restaurant, and who of them has signed in on this till. */
export interface StaffDuty {
  /** Whether people sign in here; else they only say who they are. */
  readonly signIn: boolean;
  readonly people: readonly StaffView[];
  readonly signedIn: SignedIn | null;
}

/** What the clock and the drawers of the restaurant show. */
export interface FloorBooks {
  readonly onTheClock: readonly OnClockView[];
  /** Newest first. */
  readonly timecards: readonly TimecardView[];
  /** Newest first. */
  readonly drawers: readonly DrawerSessionView[];
}

/** The report, or why whoever asks may not see it. */
export interface ReportRead {
  readonly of: DayReport | undefined;
  readonly refused: EngineError | null;
}

const TICKETS_FOUND_MAX = 5;

/**
 * What React reads of an engine.
 *
 * The engine answers every read with a fresh object. React wants the same object until something changed, so each view
 * is read once per event and kept. An order that an event does not name keeps its object, and what shows it rests.
 */
export class EngineStore {
  readonly #engine: Engine;
  readonly #orders: Map<string, OrderView>;
  readonly #listeners: Readonly<Record<Topic, Set<() => void>>> = {
    orders: new Set(),
    menu: new Set(),
    status: new Set(),
    conflicts: new Set(),
    staff: new Set(),
    shifts: new Set(),
  };
  readonly #journeys = new Map<string, readonly JourneyStep[]>();
  #openOrders: readonly OrderView[] | null = null;
  #recentTickets: readonly OrderView[] | null = null;
  #menu: MenuView | undefined;
  #currency: Currency | null = null;
  #status: Status;
  #conflicts: readonly ConflictView[];
  /** Reckoned when somebody looks, and anew once something has happened. */
  #report: ReportRead | null = null;
  #books: FloorBooks | null = null;
  #duty: StaffDuty;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#orders = new Map(engine.orders.list().map((order) => [order.orderId, order]));
    this.#menu = engine.menu();
    this.#status = engine.status();
    this.#conflicts = engine.conflicts.list();
    this.#duty = this.#readDuty();
    engine.subscribe((event) => this.#hear(event));
  }

  readonly subscribeOrders = (listener: () => void): (() => void) => this.#subscribe('orders', listener);
  readonly subscribeMenu = (listener: () => void): (() => void) => this.#subscribe('menu', listener);
  readonly subscribeStatus = (listener: () => void): (() => void) => this.#subscribe('status', listener);

  readonly subscribeConflicts = (listener: () => void): (() => void) => this.#subscribe('conflicts', listener);

  readonly subscribeStaff = (listener: () => void): (() => void) => this.#subscribe('staff', listener);
  readonly subscribeShifts = (listener: () => void): (() => void) => this.#subscribe('shifts', listener);

  /** A journey goes on when its order changes and when the queue moves. */
  readonly subscribeJourneys = (listener: () => void): (() => void) => {
    const stops = [this.subscribeOrders(listener), this.subscribeStatus(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  };

  /** A report changes with its orders, with the queue, and with the menu that tells its currency. */
  readonly subscribeReport = (listener: () => void): (() => void) => {
    const stops = [this.subscribeOrders(listener), this.subscribeStatus(listener), this.subscribeMenu(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  };

  readonly menu = (): MenuView | undefined => this.#menu;
  readonly status = (): Status => this.#status;
  readonly conflicts = (): readonly ConflictView[] => this.#conflicts;

  /** What the day that it is now has come to so far. */
  readonly report = (): ReportRead => {
    this.#report ??= this.#readReport();
    return this.#report;
  };

  readonly duty = (): StaffDuty => this.#duty;

  /** Read when somebody looks at the clock or the drawer, and anew once something happened there. */
  readonly books = (): FloorBooks => {
    const { shifts, drawers } = this.#engine;
    this.#books ??= {
      onTheClock: shifts.onTheClock(),
      timecards: shifts.timecards().toReversed(),
      drawers: drawers.list().toReversed(),
    };
    return this.#books;
  };

  /** What became of every change that this till made to an order. */
  journey(orderId: string): readonly JourneyStep[] {
    const known = this.#journeys.get(orderId);
    if (known) return known;
    const read = this.#engine.journey(orderId);
    this.#journeys.set(orderId, read);
    return read;
  }

  /** What this restaurant sells in, once a menu or an order has come. */
  readonly currency = (): Currency | null => {
    const from = this.#menu ?? this.#orders.values().next().value;
    if (!from) return null;
    if (this.#currency?.code !== from.currency || this.#currency.exponent !== from.currencyExponent)
      this.#currency = { code: from.currency, exponent: from.currencyExponent };
    return this.#currency;
  };

  /** Tickets whose number holds these characters, newest first; few, for a person to pick from. */
  findTickets(characters: string): readonly OrderView[] {
    const wanted = characters.trim().toUpperCase();
    if (wanted === '') return [];
    return [...this.#orders.values()]
      .filter((order) => order.ticketNo.toUpperCase().includes(wanted))
      .sort((a, b) => byOpening(b, a))
      .slice(0, TICKETS_FOUND_MAX);
  }

  order(orderId: string): OrderView | undefined {
    return this.#orders.get(orderId);
  }

  /** Orders that still need somebody, oldest first. */
  readonly openOrders = (): readonly OrderView[] => {
    this.#openOrders ??= [...this.#orders.values()].filter(needsSomebody).sort(byOpening);
    return this.#openOrders;
  };

  /** Closed and voided orders of the newest business date, last closed first. */
  readonly recentTickets = (): readonly OrderView[] => {
    this.#recentTickets ??= recentTickets([...this.#orders.values()]);
    return this.#recentTickets;
  };

  /** How many orders hold something that the server has not settled. */
  unsentOrders(): number {
    return [...this.#orders.values()].filter((order) => order.pendingMutations > 0).length;
  }

  #subscribe(topic: Topic, listener: () => void): () => void {
    this.#listeners[topic].add(listener);
    return () => this.#listeners[topic].delete(listener);
  }

  #hear(event: EngineEvent): void {
    this.#report = null;
    switch (event.type) {
      case 'orders_changed':
        this.#readOrders(event.orderIds);
        this.#journeys.clear();
        return this.#tell('orders');
      case 'menu_changed':
        this.#menu = this.#engine.menu();
        return this.#tell('menu');
      case 'status_changed':
        this.#status = this.#engine.status();
        this.#journeys.clear();
        this.#hearOfStaff();
        return this.#tell('status');
      case 'conflicts_changed':
        this.#conflicts = this.#engine.conflicts.list();
        return this.#tell('conflicts');
      case 'shifts_changed':
        this.#books = null;
        return this.#tell('shifts');
    }
  }

  /** The roster comes with an exchange, and signing in is one of the things a status tells of. */
  #hearOfStaff(): void {
    const duty = this.#readDuty();
    if (JSON.stringify(duty) === JSON.stringify(this.#duty)) return;
    this.#duty = duty;
    this.#tell('staff');
  }

  #readDuty(): StaffDuty {
    const people = this.#engine.staff.list();
    const signIn = people.some(({ active, canSignIn }) => active && canSignIn);
    return { signIn, people, signedIn: this.#engine.staff.current() ?? null };
  }

  #readReport(): ReportRead {
    try {
      return { of: this.#engine.reports.day(), refused: null };
    } catch (error) {
      if (error instanceof EngineError) return { of: undefined, refused: error };
      throw error;
    }
  }

  #readOrders(orderIds: readonly string[]): void {
    for (const orderId of orderIds) {
      const order = this.#engine.orders.get(orderId);
      if (order) this.#orders.set(orderId, order);
      else this.#orders.delete(orderId);
    }
    this.#openOrders = null;
    this.#recentTickets = null;
  }

  #tell(topic: Topic): void {
    for (const listener of this.#listeners[topic]) listener();
  }
}

/** Open, or closed with money due: a line that another till added before it saw the close must not vanish from the floor. */
export function needsSomebody(order: OrderView): boolean {
  return order.status === 'open' || (order.status === 'closed' && order.totals.balanceMinor > 0);
}

/** Decisions travel beside the queue of changes. */
export function decisionsOnTheirWay(conflicts: readonly ConflictView[]): number {
  return conflicts.filter(({ status }) => status === 'deciding').length;
}

function byOpening(a: OrderView, b: OrderView): number {
  return a.openedAt.localeCompare(b.openedAt) || a.orderId.localeCompare(b.orderId);
}

function recentTickets(orders: readonly OrderView[]): readonly OrderView[] {
  const newest = orders.reduce((date, order) => (order.businessDate > date ? order.businessDate : date), '');
  return orders
    .filter((order) => order.status !== 'open' && order.businessDate === newest)
    .sort((a, b) => (b.closedAt ?? b.openedAt).localeCompare(a.closedAt ?? a.openedAt) || byOpening(b, a));
}
