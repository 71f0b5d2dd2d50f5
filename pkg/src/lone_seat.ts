/** The seat of an engine that has its store for itself. */
import { onConnectionHints } from './connection_hints.js';
import { EngineError } from './engine_error.js';
import type { OpenPort } from './engine_port.js';
import type { LiveLink, OpenLive } from './live_link.js';
import { approvedContext, type Seat } from './seat.js';
import { contextLocks, platformLocks, storeName } from './store_lock.js';
import type { HeldLock } from './store_lock.js';
import type { EngineEvent, EngineOptions } from './types.js';

/** Who hears what. */
interface Ears {
  readonly notify: (event: EngineEvent) => void;
  readonly openLive: OpenLive | undefined;
}

/**
 * Opens the store as its writer. A second engine over the same device's store is refused with `STORE_IN_USE`: two over one journal
 * would get in each other's way. Where the platform has no locks this holds within the JavaScript context.
 */
export async function openLoneSeat(
  { enrolment, storage }: EngineOptions,
  openPort: OpenPort,
  { notify, openLive }: Ears,
): Promise<Seat> {
  let lock = enrolment && (await lockStore(enrolment.deviceId));
  try {
    let live: LiveLink | undefined;
    const port = await openPort('writer', {
      notify: (text) => {
        const event = JSON.parse(text) as EngineEvent;
        notify(event);
        if (event.type === 'status_changed') live?.follow();
      },
    });
    // A store that knows whose it is names the device only now; until here nothing was written to it.
    if (!enrolment) {
      const { deviceId } = JSON.parse(port.query('{"type":"status"}')) as { deviceId: string | null };
      lock = await lockStore(deviceId ?? '').catch((thrown: unknown) => {
        port.close();
        throw thrown;
      });
    }
    live = openLive?.(port);
    live?.follow();
    const stopHints = onConnectionHints((connection) => port.signal(connection));
    const saving = new Set<Promise<string>>();
    return {
      command: (text, approver) => {
        const saved = port.command(text, approver && approvedContext(port.context(), approver));
        saving.add(saved);
        const settled = (): void => void saving.delete(saved);
        saved.then(settled, settled);
        return saved;
      },
      query: (text) => port.query(text),
      standing: () => ({ role: 'writer' }),
      signal: (name) => port.signal(name),
      loadDays: (date) => port.loadDays(date),
      exportUnsynced: () => port.exportUnsynced(),
      recording: () => port.recording(),
      addKey: (id, hex) => port.addKey(id, hex),
      setStaff: (staffId) => port.setStaff(staffId),
      beginPin: (staffId, vault) => port.beginPin(staffId, vault),
      unlock: (staffId, pin) => port.unlock(staffId, pin),
      forgetPins: (staffId, vault, right) => port.forgetPins(staffId, vault, right),
      signIn: (token) => port.signIn(token),
      signOut: () => port.signOut(),
      close: async () => {
        stopHints();
        live?.close();
        // Hermes has no Promise.allSettled.
        await Promise.all([...saving].map((saved) => saved.catch(() => undefined)));
        port.close();
        await storage.close();
        lock?.release();
      },
    };
  } catch (thrown) {
    lock?.release();
    throw thrown;
  }
}

async function lockStore(deviceId: string): Promise<HeldLock> {
  const lock = await (platformLocks() ?? contextLocks).take(storeName(deviceId));
  if (!lock) throw new EngineError('STORE_IN_USE', `the store of ${deviceId} is already open`);
  return lock;
}
