/** The engine as apps see it, over whatever seat it has. */
import { EngineError, engineError } from './engine_error.js';
import { createOrders } from './orders.js';
import type { Seat } from './seat.js';
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

/** The engine of this seat. */
export function createEngine(seat: Seat, listeners: Listeners): Engine {
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new EngineError('ENGINE_CLOSED', 'the engine is closed');
  };
  const command = async <View>(body: Record<string, unknown>): Promise<View> => {
    requireOpen();
    try {
      return JSON.parse(await seat.command(commandText(body))) as View;
    } catch (thrown) {
      throw engineError(thrown);
    }
  };
  const query = <View>(body: Record<string, unknown>): View => {
    requireOpen();
    try {
      return JSON.parse(seat.query(JSON.stringify(body))) as View;
    } catch (thrown) {
      throw engineError(thrown);
    }
  };
  return {
    orders: createOrders(command, query),
    menu: () => query<MenuView | null>({ type: 'menu' }) ?? undefined,
    status: () => ({ ...query<Omit<Status, 'role'>>({ type: 'status' }), ...seat.standing() }),
    subscribe: (listener) => listeners.add(listener),
    syncNow: () => seat.signal('sync'),
    setConnection: (connection) => seat.signal(connection),
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
      await seat.close();
    },
  };
}

/** A command as JSON, which would turn a number that is none into nothing, and nothing into a default. */
function commandText(body: Record<string, unknown>): string {
  const checked = (name: string, value: unknown): unknown => {
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
      throw new EngineError('FIELD_INVALID', `${name}: must be a whole number, not ${value}`, { field: name });
    }
    return value;
  };
  return JSON.stringify(body, checked);
}
