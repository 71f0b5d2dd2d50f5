import { createEngine, Listeners } from './engine_face.js';
import { engineError } from './engine_error.js';
import type { OpenPort } from './engine_port.js';
import { randomBytesOf, randomId } from './host.js';
import { liveOver } from './live_link.js';
import { openLoneSeat } from './lone_seat.js';
import { portsOver } from './open_port.js';
import type { Seat } from './seat.js';
import { keyProviderOf, StoreKeys } from './keys/store_keys.js';
import { checkedOptions } from './options.js';
import { SpaceWatch } from './storage/space_watch.js';
import { platformLocks } from './store_lock.js';
import { platformChannel } from './tabs/messages.js';
import { TabSeat } from './tabs/tab_seat.js';
import type { Engine, EngineEvent, EngineOptions, Status } from './types.js';

/**
 * Opens the engine over a store. Resolves when the store is read and may be used offline at once; rejects with an
 * {@link EngineError}: `NOT_ENROLLED`, `STORE_OF_OTHER_DEVICE`, `STORE_IN_USE`, `STORE_FOREIGN`, `STORE_FORMAT_UNKNOWN`,
 * `STORE_KEY_LOST`, `STORE_NAME_LOST`, `KEYS_UNREADABLE`, `STORAGE_FAILED`, `HOST_INCOMPLETE`, `OPTION_INVALID`.
 *
 * In browsers any number of tabs may open the same store: one writes it, the others have it carry out their commands and see
 * its changes live, and one of them takes over when it closes or dies.
 */
export async function openEngine(given: EngineOptions): Promise<Engine> {
  try {
    const options = checkedOptions(given);
    const { storage } = options;
    const keys = new StoreKeys(keyProviderOf(options.keys, storage.keys), randomBytesOf(options));
    const listeners = new Listeners();
    const space = new SpaceWatch(storage, () => listeners.tell({ type: 'status_changed' }));
    const notify = (event: EngineEvent): void => {
      space.hear(event);
      listeners.tell(event);
    };
    const seat = await openSeat(options, portsOver(options, keys), notify);
    space.start();
    return createEngine({ seat, keys, space, listeners, autoLockMs: options.autoLockMs ?? 0 });
  } catch (thrown) {
    throw engineError(thrown);
  }
}

async function openSeat(
  options: EngineOptions,
  openPort: OpenPort,
  notify: (event: EngineEvent) => void,
): Promise<Seat> {
  const { storage, enrolment, staffId } = options;
  const [locks, openChannel] = [platformLocks(), platformChannel()];
  const openLive = liveOver(options);
  if (storage.sharedByTabs !== true || !locks || !openChannel) {
    return openLoneSeat(options, openPort, { notify, openLive });
  }
  const deviceId = enrolment?.deviceId ?? (await ownerOf(openPort));
  const closeStorage = (): Promise<void> => storage.close();
  const now = options.now ?? Date.now;
  const id = randomId(options);
  return TabSeat.open({ deviceId, id, locks, openChannel, openPort, closeStorage, notify, openLive, now, staffId });
}

/** Whose store it is. Only the store knows, and nobody may write it before the lock of that name is held: a replica asks. */
async function ownerOf(openPort: OpenPort): Promise<string> {
  const replica = await openPort('replica', { notify: () => undefined });
  const { deviceId } = JSON.parse(replica.query('{"type":"status"}')) as Status;
  replica.close();
  return deviceId ?? '';
}
