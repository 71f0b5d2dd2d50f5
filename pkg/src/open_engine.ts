import { onConnectionHints } from './connection_hints.js';
import { EngineError, engineError } from './engine_error.js';
import { createHost, makeBootId } from './host.js';
import { createOrders } from './orders.js';
import { refuseMmkv } from './storage/mmkv.js';
import { lockStore } from './store_lock.js';
import type { Unlock } from './store_lock.js';
import type { Engine, EngineEvent, EngineOptions, MenuView, Status } from './types.js';
import { loadEngineModule } from './wasm_module/inline.js';

const PULL_INTERVAL_MS = 10_000;

/**
 * Opens the engine over a store. Resolves when the store is read and may be used offline at once; rejects with an
 * {@link EngineError}: `NOT_ENROLLED`, `STORE_OF_OTHER_DEVICE`, `STORE_IN_USE`, `STORE_FOREIGN`, `STORAGE_FAILED`,
 * `HOST_INCOMPLETE`, `OPTION_INVALID`.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const pullIntervalMs = options.pullIntervalMs ?? PULL_INTERVAL_MS;
  if (!(pullIntervalMs >= 1_000 && pullIntervalMs <= 3_600_000)) {
    throw new EngineError('OPTION_INVALID', 'pullIntervalMs must be 1,000 to 3,600,000');
  }
  refuseMmkv(options.storage);
  let unlock: Unlock = () => undefined;
  try {
    if (options.enrolment) unlock = await lockStore(options.enrolment.deviceId);
    const { engine, stop } = await openStore(options, pullIntervalMs, () => unlock());
    // A store that knows whose it is names the device only now; until here nothing was written to it.
    if (!options.enrolment) {
      unlock = await lockStore(engine.status().deviceId ?? '').catch((thrown: unknown) => {
        stop();
        throw thrown;
      });
    }
    return engine;
  } catch (thrown) {
    unlock();
    throw engineError(thrown);
  }
}

/** An engine that works, and what stops it without closing its storage. */
interface Opened {
  readonly engine: Engine;
  readonly stop: () => void;
}

async function openStore(options: EngineOptions, pullIntervalMs: number, unlock: Unlock): Promise<Opened> {
  const { EngineHandle } = await loadEngineModule();
  const listeners = new Set<(event: EngineEvent) => void>();
  const host = createHost(options, (text) => {
    const event = JSON.parse(text) as EngineEvent;
    for (const listener of [...listeners]) tell(listener, event);
  });
  const handle = await EngineHandle.open(host, {
    serverUrl: options.serverUrl,
    appVersion: options.appVersion ?? '0',
    bootId: makeBootId(host),
    pullIntervalMs: Math.trunc(pullIntervalMs),
    staffId: options.staffId,
    enrolment: options.enrolment,
  });

  const stopHints = onConnectionHints((connection) => handle.signal(connection));
  const saving = new Set<Promise<string>>();
  const command = async <View>(body: Record<string, unknown>): Promise<View> => {
    if (closed) throw new EngineError('ENGINE_CLOSED', 'the engine is closed');
    const saved = handle.command(commandText(body)) as Promise<string>;
    saving.add(saved);
    try {
      return JSON.parse(await saved) as View;
    } catch (thrown) {
      throw engineError(thrown);
    } finally {
      saving.delete(saved);
    }
  };
  const query = <View>(body: Record<string, unknown>): View => {
    if (closed) throw new EngineError('ENGINE_CLOSED', 'the engine is closed');
    try {
      return JSON.parse(handle.query(JSON.stringify(body))) as View;
    } catch (thrown) {
      throw engineError(thrown);
    }
  };

  let closed = false;
  const stop = (): void => {
    closed = true;
    stopHints();
    handle.close();
  };
  const engine: Engine = {
    orders: createOrders(command, query),
    menu: () => query<MenuView | null>({ type: 'menu' }) ?? undefined,
    status: () => query<Status>({ type: 'status' }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    syncNow: () => handle.signal('sync'),
    setConnection: (connection) => handle.signal(connection),
    setStaff: (staffId) => {
      try {
        handle.setStaff(staffId);
      } catch (thrown) {
        throw engineError(thrown);
      }
    },
    confirmedHash: () => query<string>({ type: 'confirmed_hash' }),
    close: async () => {
      if (closed) return;
      closed = true;
      stopHints();
      // A listener that reads a closed engine would only hear that it is closed.
      listeners.clear();
      // Commands given before the close are still saved.
      await Promise.all([...saving].map((saved) => saved.catch(() => undefined)));
      handle.close();
      await options.storage.close();
      unlock();
    },
  };
  return { engine, stop };
}

/** A listener's mistake is its own: thrown into the core's loop it would take the commit after it along. */
function tell(listener: (event: EngineEvent) => void, event: EngineEvent): void {
  try {
    listener(event);
  } catch (thrown) {
    console.error('a listener of the engine threw', thrown);
  }
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
