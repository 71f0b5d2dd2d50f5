import {
  type AddLine,
  type AddPayment,
  type ConflictChoiceName,
  type Engine,
  EngineError,
  type EngineOptions,
  indexedDbStorage,
  openEngine,
  type OrderView,
} from '@auraconnect/offline-sync';
import { registerBackgroundSync } from '@auraconnect/offline-sync/background';
import type { DemoTill, DemoTills, StaffMember } from '../app/demoTills.ts';
import type { TillLetter } from '../app/route.ts';
import { BACKGROUND_TAG_PREFIX, storeName } from '../background/tags.ts';
import { uuidv7 } from '../ids/uuidv7.ts';
import { EngineStore } from './EngineStore.ts';
import { TillNetwork } from './TillNetwork.ts';
import { Toasts } from './Toasts.ts';

const PULL_INTERVAL_MS = 2_000;
const OPEN_ATTEMPTS_MAX = 5;
const OPEN_PAUSE_MS = 200;

declare global {
  interface Window {
    /** The engine of every till on this page, by the till's name, for end-to-end tests and for the curious. */
    auraTills?: Record<string, Engine>;
  }
}

/** One till: its engine, its cable, who works it, and the commands its buttons give. */
export class TillSession {
  readonly till: DemoTill;
  readonly staff: readonly StaffMember[];
  readonly engine: Engine;
  readonly store: EngineStore;
  readonly network: TillNetwork;
  readonly toasts = new Toasts();
  readonly #underWay = new Set<string>();
  readonly #openings = new Map<string, string>();
  readonly #tills: readonly DemoTill[];
  readonly #place: number;
  #staffId: string | null;

  static async open({ tills, staff }: DemoTills, place: number): Promise<TillSession> {
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
      ...(staffId === null ? {} : { staffId }),
    });
    // Never settles where there is no service worker, as in development.
    void navigator.serviceWorker?.ready.then((registration) =>
      registerBackgroundSync(engine, registration, BACKGROUND_TAG_PREFIX + deviceId),
    );
    return new TillSession(till, tills, staff, place, engine, network, staffId);
  }

  private constructor(
    till: DemoTill,
    tills: readonly DemoTill[],
    staff: readonly StaffMember[],
    place: number,
    engine: Engine,
    network: TillNetwork,
    staffId: string | null,
  ) {
    this.till = till;
    this.staff = staff;
    this.#tills = tills;
    this.#place = place;
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

  get staffId(): string | null {
    return this.#staffId;
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
    const opened = await this.#give(`open ${orderId}`, () =>
      this.engine.orders.open({ orderId, tableId, orderType: tableId === null ? 'takeaway' : 'dine_in' }),
    );
    if (opened) this.#openings.delete(place);
    return opened;
  }

  addLine(orderId: string, args: AddLine & { lineId: string }): Promise<OrderView | undefined> {
    return this.#give(`line ${args.lineId}`, () => this.engine.orders.addLine(orderId, args));
  }

  /** Not dropped while one is under way: every press on a stepper counts. */
  async setQty(orderId: string, lineId: string, qty: number): Promise<OrderView | undefined> {
    return this.#give(`qty ${uuidv7()}`, () => this.engine.orders.setQty(orderId, lineId, qty));
  }

  voidLine(orderId: string, lineId: string, reason: string): Promise<OrderView | undefined> {
    return this.#give(`void ${lineId}`, () => this.engine.orders.voidLine(orderId, lineId, reason));
  }

  addPayment(orderId: string, args: AddPayment & { paymentId: string }): Promise<OrderView | undefined> {
    return this.#give(`payment ${args.paymentId}`, () => this.engine.orders.addPayment(orderId, args));
  }

  closeOrder(orderId: string): Promise<OrderView | undefined> {
    return this.#give(`close ${orderId}`, () => this.engine.orders.close(orderId));
  }

  /** Decides a conflict in the name of whoever may. Resolves to whether it was taken down here; the server confirms it later. */
  async decide(conflictId: string, choice: ConflictChoiceName, value: unknown, byStaffId: string): Promise<boolean> {
    const decided = await this.#give(`decide ${conflictId}`, () =>
      this.#inTheNameOf(byStaffId, async () => {
        await this.engine.conflicts.resolve(conflictId, choice, ...(choice === 'merged' ? [value] : []));
        return true;
      }),
    );
    return decided ?? false;
  }

  /** Sends refused work again. */
  async retry(mutationId: string): Promise<boolean> {
    const sent = await this.#give(`retry ${mutationId}`, async () => {
      await this.engine.parked.retry(mutationId);
      return true;
    });
    return sent ?? false;
  }

  /** Gives refused work up, with a manager's word for it. */
  async discard(mutationId: string, approvedBy: string, reason: string): Promise<boolean> {
    const given = await this.#give(`discard ${mutationId}`, async () => {
      await this.engine.parked.discard(mutationId, { approvedBy, reason });
      return true;
    });
    return given ?? false;
  }

  /**
   * A manager who steps in decides in their own name; the till stays with whoever works it. The engine notes who works the till
   * when a command is given, so nothing that another press gives meanwhile is put under the manager's name.
   */
  #inTheNameOf<T>(staffId: string, command: () => Promise<T>): Promise<T> {
    this.engine.setStaff(staffId);
    const given = command();
    if (this.#staffId !== null) this.engine.setStaff(this.#staffId);
    return given;
  }

  /** A second press of the same button while the first is being saved is the same press, and is dropped. */
  async #give<T>(press: string, command: () => Promise<T>): Promise<T | undefined> {
    if (this.#underWay.has(press)) return undefined;
    this.#underWay.add(press);
    try {
      return await command();
    } catch (error) {
      this.toasts.show('error', sentenceOf(error));
      return undefined;
    } finally {
      this.#underWay.delete(press);
    }
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

/** What a person is told about a failure. */
export function sentenceOf(error: unknown): string {
  if (error instanceof EngineError && error.code === 'STORE_IN_USE') {
    return 'This till is already open in another tab. Close it there, then try again.';
  }
  if (error instanceof EngineError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

function staffKey(deviceId: string): string {
  return `aura-pos-staff-${deviceId}`;
}

function rememberedStaff(deviceId: string, staff: readonly StaffMember[]): string | null {
  const remembered = localStorage.getItem(staffKey(deviceId));
  return staff.some((member) => member.staffId === remembered) ? remembered : null;
}
