import {
  type AddLine,
  type AddPayment,
  type ConflictChoiceName,
  type Engine,
  EngineError,
  type EngineOptions,
  type GivenApproval,
  indexedDbStorage,
  openEngine,
  type OrderView,
  type SignedIn,
} from '@auraconnect/offline-sync';
import { registerBackgroundSync } from '@auraconnect/offline-sync/background';
import type { DemoTill, DemoTills, StaffMember } from '../app/demoTills.ts';
import type { TillLetter } from '../app/route.ts';
import { Approvals } from '../approval/Approvals.ts';
import { BACKGROUND_TAG_PREFIX, storeName } from '../background/tags.ts';
import { TillDrawer } from '../drawer/TillDrawer.ts';
import { uuidv7 } from '../ids/uuidv7.ts';
import { TimeClock } from '../time-clock/TimeClock.ts';
import { CommandDesk } from './CommandDesk.ts';
import { EngineStore } from './EngineStore.ts';
import { TillNetwork } from './TillNetwork.ts';
import { Toasts } from './Toasts.ts';

const PULL_INTERVAL_MS = 2_000;
const OPEN_ATTEMPTS_MAX = 5;
const OPEN_PAUSE_MS = 200;
/** How long a till that nobody touches stays with whoever has signed in. */
const AUTO_LOCK_MS = 60_000;

declare global {
  interface Window {
    /** The engine of every till on this page, by the till's name, for end-to-end tests and for the curious. */
    auraTills?: Record<string, Engine>;
  }
}

/** One till: its engine, its cable, who works it, and the commands its buttons give. */
export class TillSession {
  readonly till: DemoTill;
  /** The PINs of the demo's people, which only a demo shows. */
  readonly demoPins: Readonly<Record<string, string>>;
  readonly engine: Engine;
  readonly store: EngineStore;
  readonly network: TillNetwork;
  readonly toasts = new Toasts();
  readonly approvals = new Approvals();
  readonly clock: TimeClock;
  readonly drawer: TillDrawer;
  readonly #desk: CommandDesk;
  readonly #listed: readonly StaffMember[];
  readonly #openings = new Map<string, string>();
  readonly #tills: readonly DemoTill[];
  readonly #place: number;
  #staffId: string | null;

  static async open(demo: DemoTills, place: number): Promise<TillSession> {
    const { tills, staff, demoPins } = demo;
    const till = tills[place];
    if (!till) throw new Error(`The demo has no till number ${place + 1}.`);
    const { deviceId } = till.enrolment;
    const network = new TillNetwork(deviceId);
    const staffId = rememberedStaff(deviceId, staff) ?? staff[place % Math.max(1, staff.length)]?.staffId ?? null;
    const engine = await openWhenFree({
      storage: await indexedDbStorage(storeName(deviceId)),
      serverUrl: location.origin,
      enrolment: till.enrolment,
      fetch: network.fetch,
      pullIntervalMs: PULL_INTERVAL_MS,
      appVersion: 'pos-web/0.1.0',
      // Where nobody signs in the lock would only forget who works here.
      ...(demoPins === undefined ? {} : { autoLockMs: AUTO_LOCK_MS }),
      ...(staffId === null ? {} : { staffId }),
    });
    // Never settles where there is no service worker, as in development.
    void navigator.serviceWorker?.ready.then((registration) =>
      registerBackgroundSync(engine, registration, BACKGROUND_TAG_PREFIX + deviceId),
    );
    return new TillSession(demo, till, place, engine, network, staffId);
  }

  private constructor(
    { tills, staff, demoPins = {} }: DemoTills,
    till: DemoTill,
    place: number,
    engine: Engine,
    network: TillNetwork,
    staffId: string | null,
  ) {
    this.till = till;
    this.demoPins = demoPins;
    this.#listed = staff;
    this.#tills = tills;
    this.#place = place;
    this.#desk = new CommandDesk(engine, this.approvals, this.toasts);
    this.clock = new TimeClock(this.#desk);
    this.drawer = new TillDrawer(engine, this.#desk, till.enrolment.devicePrefix);
    this.engine = engine;
    this.store = new EngineStore(engine);
    this.network = network;
    this.#staffId = staffId;
    window.auraTills = { ...window.auraTills, [till.name]: engine };
    this.#hintConnection();
    window.addEventListener('online', () => this.#hintConnection());
    window.addEventListener('offline', () => this.#hintConnection());
  }

  /** `till-a`, `till-b`: where tests and styles find this till. */
  get testId(): string {
    return this.till.name.toLowerCase().replaceAll(' ', '-');
  }

  /** How the till's address names it. */
  get letter(): TillLetter {
    return this.#place === 0 ? 'a' : 'b';
  }

  /** What people here call a device. */
  deviceName(deviceId: string | null): string {
    return this.#tills.find((till) => till.enrolment.deviceId === deviceId)?.name ?? 'Another till';
  }

  /** Everybody with a name here, those who have left included: the tenant's people, or the demo's where it employs nobody. */
  get staff(): readonly StaffMember[] {
    const { people, signIn } = this.store.duty();
    return signIn ? people : this.#listed;
  }

  /** Who works this till: whoever has signed in, or has said who they are where nobody signs in. */
  get staffId(): string | null {
    const { signIn, signedIn } = this.store.duty();
    return signIn ? (signedIn?.staffId ?? null) : this.#staffId;
  }

  /** Rejects with the engine's errors: the pad says them where the PIN was typed. */
  signIn(staffId: string, pin: string): Promise<SignedIn> {
    return this.engine.staff.signIn(staffId, pin);
  }

  /** Open orders stay as they are; what waited for an approval is not done, for nobody is there any more who wanted it. */
  handOver(): void {
    this.approvals.asked()?.cancel();
    this.engine.staff.signOut();
  }

  /** Somebody is at work, though they give no command just now. */
  touch(): void {
    if (this.store.duty().signedIn) this.engine.staff.touch();
  }

  setStaff(staffId: string): void {
    this.#staffId = staffId;
    localStorage.setItem(staffKey(this.till.enrolment.deviceId), staffId);
    this.engine.setStaff(staffId);
  }

  setPlugged(plugged: boolean): void {
    this.network.setPlugged(plugged);
    this.#hintConnection();
    if (plugged) this.engine.syncNow();
  }

  /** Opens a check at a table, or a takeaway for `null`. Two presses before the first is saved open one check. */
  async openOrder(tableId: string | null): Promise<OrderView | undefined> {
    const place = tableId ?? 'takeaway';
    const orderId = this.#openings.get(place) ?? uuidv7();
    this.#openings.set(place, orderId);
    const opened = await this.#desk.give({ key: `open ${orderId}`, what: 'Open a check' }, ({ orders }) =>
      orders.open({ orderId, tableId, orderType: tableId === null ? 'takeaway' : 'dine_in' }),
    );
    if (opened) this.#openings.delete(place);
    return opened;
  }

  addLine(orderId: string, args: AddLine & { lineId: string }): Promise<OrderView | undefined> {
    return this.#desk.give({ key: `line ${args.lineId}`, what: 'Add a dish' }, ({ orders }) =>
      orders.addLine(orderId, args),
    );
  }

  /** Not dropped while one is under way: every press on a stepper counts. */
  setQty(orderId: string, lineId: string, qty: number): Promise<OrderView | undefined> {
    return this.#desk.give({ key: `qty ${uuidv7()}`, what: 'Change a quantity' }, ({ orders }) =>
      orders.setQty(orderId, lineId, qty),
    );
  }

  voidLine(orderId: string, lineId: string, reason: string): Promise<OrderView | undefined> {
    const line = this.store.order(orderId)?.lines.find((each) => each.lineId === lineId);
    const what = line ? `Void ${line.qty} × ${line.name}` : 'Void a line';
    return this.#desk.give({ key: `void ${lineId}`, what }, ({ orders }) => orders.voidLine(orderId, lineId, reason));
  }

  /** Cash goes into the drawer under this till while it is open. */
  addPayment(orderId: string, args: AddPayment & { paymentId: string }): Promise<OrderView | undefined> {
    const session = args.type === 'cash' ? this.drawer.openSession() : undefined;
    const into = session ? { drawerSessionId: session.sessionId } : {};
    return this.#desk.give({ key: `payment ${args.paymentId}`, what: 'Take a payment' }, ({ orders }) =>
      orders.addPayment(orderId, { ...args, ...into }),
    );
  }

  closeOrder(orderId: string): Promise<OrderView | undefined> {
    return this.#desk.give({ key: `close ${orderId}`, what: 'Close a check' }, ({ orders }) => orders.close(orderId));
  }

  /** Decides a conflict in the name of whoever may. Resolves to whether it was taken down here; the server confirms it later. */
  decide(conflictId: string, choice: ConflictChoiceName, value: unknown, byStaffId: string): Promise<boolean> {
    return this.#desk.done({ key: `decide ${conflictId}`, what: 'Decide a conflict' }, () =>
      this.#inTheNameOf(byStaffId, () =>
        this.engine.conflicts.resolve(conflictId, choice, ...(choice === 'merged' ? [value] : [])),
      ),
    );
  }

  /** Sends refused work again. */
  retry(mutationId: string): Promise<boolean> {
    return this.#desk.done({ key: `retry ${mutationId}`, what: 'Send refused work again' }, ({ parked }) =>
      parked.retry(mutationId),
    );
  }

  /** Gives refused work up, with a manager's word for it. */
  discard(mutationId: string, approvedBy: string, reason: string): Promise<boolean> {
    return this.#desk.done({ key: `discard ${mutationId}`, what: 'Discard refused work' }, ({ parked }) =>
      parked.discard(mutationId, { approvedBy, reason }),
    );
  }

  /** The same where people sign in: the manager's PIN stands for their word. Rejects with what is wrong with it. */
  discardByPin(mutationId: string, approval: GivenApproval): Promise<void> {
    const { staffId: approvedBy, reason } = approval;
    return this.engine.staff.approve(approval, ({ parked }) => parked.discard(mutationId, { approvedBy, reason }));
  }

  /**
   * Where nobody signs in, a manager who steps in decides in their own name; the till stays with whoever works it. The engine notes
   * who works the till when a command is given, so nothing that another press gives meanwhile is put under the manager's name.
   */
  #inTheNameOf<T>(staffId: string, command: () => Promise<T>): Promise<T> {
    if (this.store.duty().signIn) return command();
    this.engine.setStaff(staffId);
    const given = command();
    if (this.#staffId !== null) this.engine.setStaff(this.#staffId);
    return given;
  }

  #hintConnection(): void {
    this.engine.setConnection(this.network.reachable() ? 'online' : 'offline');
  }
}

/** On a reload the page before may hold the store for a moment longer. */
async function openWhenFree(options: EngineOptions, attempt = 1): Promise<Engine> {
  try {
    return await openEngine(options);
  } catch (error) {
    const inUse = error instanceof EngineError && error.code === 'STORE_IN_USE';
    if (!inUse || attempt >= OPEN_ATTEMPTS_MAX) throw error;
    await new Promise((resolve) => window.setTimeout(resolve, OPEN_PAUSE_MS));
    return openWhenFree(options, attempt + 1);
  }
}

function staffKey(deviceId: string): string {
  return `aura-pos-staff-${deviceId}`;
}

function rememberedStaff(deviceId: string, staff: readonly StaffMember[]): string | null {
  const remembered = localStorage.getItem(staffKey(deviceId));
  return staff.some((member) => member.staffId === remembered) ? remembered : null;
}
