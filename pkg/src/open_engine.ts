import { createEngine, Listeners } from './engine_face.js';
import { EngineError, engineError } from './engine_error.js';
import type { OpenPort } from './engine_port.js';
import { randomId } from './host.js';
import { openLoneSeat } from './lone_seat.js';
import { portsOver } from './open_port.js';
import type { Seat } from './seat.js';
import { platformLocks } from './store_lock.js';
import { platformChannel } from './tabs/messages.js';
import { TabSeat } from './tabs/tab_seat.js';
import type { Engine, EngineEvent, EngineOptions, Status } from './types.js';

const PULL_INTERVAL_MS = 10_000;

/**
 * Opens the engine over a store. Resolves when the store is read and may be used offline at once; rejects with an
 * {@link EngineError}: `NOT_ENROLLED`, `STORE_OF_OTHER_DEVICE`, `STORE_IN_USE`, `STORE_FOREIGN`, `STORAGE_FAILED`,
 * `HOST_INCOMPLETE`, `OPTION_INVALID`.
 *
 * In browsers any number of tabs may open the same store: one writes it, the others have it carry out their commands and see
 * its changes live, and one of them takes over when it closes or dies.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const pullIntervalMs = options.pullIntervalMs ?? PULL_INTERVAL_MS;
  if (!(pullIntervalMs >= 1_000 && pullIntervalMs <= 3_600_000)) {
    throw new EngineError('OPTION_INVALID', 'pullIntervalMs must be 1,000 to 3,600,000');
  }
  try {
    const listeners = new Listeners();
    const openPort = portsOver(options, pullIntervalMs);
    const seat = await openSeat(options, openPort, (event) => listeners.tell(event));
    return createEngine(seat, listeners);
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
  if (storage.sharedByTabs !== true || !locks || !openChannel) {
    return openLoneSeat(options, openPort, (event) => notify(JSON.parse(event) as EngineEvent));
  }
  const deviceId = enrolment?.deviceId ?? (await ownerOf(openPort));
  const closeStorage = (): Promise<void> => storage.close();
  const now = options.now ?? Date.now;
  const id = randomId(options);
  return TabSeat.open({ deviceId, id, locks, openChannel, openPort, closeStorage, notify, now, staffId });
}

/** Whose store it is. Only the store knows, and nobody may write it before the lock of that name is held: a replica asks. */
async function ownerOf(openPort: OpenPort): Promise<string> {
  const replica = await openPort('replica', { notify: () => undefined });
  const { deviceId } = JSON.parse(replica.query('{"type":"status"}')) as Status;
  replica.close();
  return deviceId ?? '';
}
