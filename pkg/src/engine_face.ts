/** The engine as apps see it, over whatever seat it has. */
import { createConflicts } from './conflicts.js';
import { Drains } from './drains.js';
import { createDrawers } from './drawers.js';
import { EngineError, engineError } from './engine_error.js';
import type { StoreKeys } from './keys/store_keys.js';
import { createOrders, type GiveCommand } from './orders.js';
import { createParked } from './parked.js';
import { createShifts } from './shifts.js';
import { createReports } from './reports.js';
import type { Seat } from './seat.js';
import { type Approver, StaffDesk } from './staff.js';
import type { SpaceWatch } from './storage/space_watch.js';
import type { Engine, EngineEvent, MenuView, Status } from './types.js';

/** Everyone who listens to an engine. */
export class Listeners {
  readonly #listeners = new Set<(event: EngineEvent) => void>();

  add(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener's mistake is its own: thrown into the core's loop it would take the commit after it along. */
  tell(event: EngineEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (thrown) {
        console.error('a listener of the engine threw', thrown);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** What an engine is made of. */
interface Parts {
  readonly seat: Seat;
  readonly keys: StoreKeys;
  readonly space: SpaceWatch;
  readonly listeners: Listeners;
  readonly autoLockMs: number;
}

/** The engine of this seat. */
export function createEngine({ seat, keys, space, listeners, autoLockMs }: Parts): Engine {
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new EngineError('ENGINE_CLOSED', 'the engine is closed');
  };
  const give =
    (approver?: Approver): GiveCommand =>
    async <View>(body: Record<string, unknown> | readonly Record<string, unknown>[]): Promise<View> => {
      requireOpen();
      staff.touch();
      try {
        return JSON.parse(await seat.command(commandText(body), approver)) as View;
      } catch (thrown) {
        throw engineError(thrown);
      }
    };
  const command = give();
  const query = <View>(body: Record<string, unknown>): View => {
    requireOpen();
    try {
      return JSON.parse(seat.query(JSON.stringify(body))) as View;
    } catch (thrown) {
      throw engineError(thrown);
    }
  };
  const staff = new StaffDesk({ seat, keys, query, give, autoLockMs });
  const engine: Engine = {
    orders: createOrders(command, query),
    conflicts: createConflicts(command, query),
    parked: createParked(command, query),
    shifts: createShifts(command, query),
    staff,
    drawers: createDrawers(command, query),
    reports: createReports(query, () => seat.standing().lastSyncAt ?? null),
    journey: (orderId) => query({ type: 'journey', orderId }),
    menu: () => query<MenuView | null>({ type: 'menu' }) ?? undefined,
    status: () => {
      const status = query<Omit<Status, 'role'>>({ type: 'status' });
      return { ...status, ...seat.standing(), storage: { ...status.storage, ...space.room() } };
    },
    loadDays: async (date) => {
      requireOpen();
      try {
        await seat.loadDays(date);
      } catch (thrown) {
        throw engineError(thrown);
      }
    },
    exportUnsynced: () => {
      requireOpen();
      try {
        return seat.exportUnsynced();
      } catch (thrown) {
        throw engineError(thrown);
      }
    },
    importUnsynced: (text) => command({ type: 'import_unsynced', export: jsonOf(text) }).then(() => undefined),
    recording: async () => {
      requireOpen();
      if (seat.standing().role !== 'writer') {
        throw new EngineError('STORE_IN_USE', 'another tab writes this store: save its recording there');
      }
      try {
        return seat.recording();
      } catch (thrown) {
        throw engineError(thrown);
      }
    },
    rotateKey: async () => {
      requireOpen();
      if (seat.standing().role !== 'writer') {
        throw new EngineError('STORE_IN_USE', 'another tab writes this store: rotate its key there');
      }
      const { id, hex } = await keys.rotate();
      seat.addKey(id, hex);
    },
    subscribe: (listener) => listeners.add(listener),
    syncNow: () => seat.signal('sync'),
    drain: async (options) => {
      requireOpen();
      return drains.start(options);
    },
    setConnection: (connection) => seat.signal(connection),
    setAppState: (state) => seat.signal(state),
    setStaff: (staffId) => {
      try {
        seat.setStaff(staffId);
      } catch (thrown) {
        throw engineError(thrown);
      }
    },
    confirmedHash: () => query<string>({ type: 'confirmed_hash' }),
    close: async () => {
      if (closed) return;
      closed = true;
      // A listener that reads a closed engine would only hear that it is closed.
      listeners.clear();
      drains.close();
      staff.close();
      await seat.close();
    },
  };
  const drains = new Drains(engine);
  return engine;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EngineError('IMPORT_INVALID', 'this is not an export: it is no JSON');
  }
}

/** A command as JSON, which would turn a number that is none into nothing, and nothing into a default. */
function commandText(body: Record<string, unknown> | readonly Record<string, unknown>[]): string {
  const checked = (name: string, value: unknown): unknown => {
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
      throw new EngineError('FIELD_INVALID', `${name}: must be a whole number, not ${value}`, { field: name });
    }
    return value;
  };
  return JSON.stringify(body, checked);
}
