/** The page's side of Background Sync: asks the browser for an event when work is left, and answers the worker that gets it. */
import type { Engine } from '../types.js';
import { type DrainReply, isDrainRequest } from './messages.js';

/** The part of a registration that only some browsers have. */
interface SyncRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
}

/**
 * Asks the browser to wake the service worker with a `sync` event of this tag whenever work is left: as soon as something waits and
 * an exchange has failed, and again whenever the page is hidden or left while something waits. While the page lives, it drains its
 * engine when the worker asks. Does nothing where the browser has no Background Sync (Safari, Firefox) or refuses it. Returns the
 * function that stops it; stop before the engine is closed.
 */
export function registerBackgroundSync(
  engine: Engine,
  registration: ServiceWorkerRegistration,
  tag: string,
): () => void {
  const { sync } = registration as SyncRegistration;
  if (!sync) return () => undefined;
  // One event is asked for while the queue does not empty: the browser tries some times by itself, later each time, and asking
  // anew would begin that from the start.
  let asked = false;
  const ask = (): void => {
    asked = true;
    sync.register(tag).catch(() => undefined);
  };
  const look = (): void => {
    const { queueDepth, lastErrorCode } = engine.status();
    if (queueDepth === 0) asked = false;
    else if (!asked && lastErrorCode !== null) ask();
  };
  const leave = (): void => {
    if (isOpen(engine) && engine.status().queueDepth > 0) ask();
  };
  const hide = (): void => {
    if (document.visibilityState === 'hidden') leave();
  };
  const hear = (event: MessageEvent): void => answer(engine, tag, event);
  const { serviceWorker } = navigator;
  const stopHearing = engine.subscribe(look);
  addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', hide);
  serviceWorker.addEventListener('message', hear);
  // Messages to listeners are held back until the document is read, or until this is said.
  serviceWorker.startMessages();
  look();
  return () => {
    stopHearing();
    removeEventListener('pagehide', leave);
    document.removeEventListener('visibilitychange', hide);
    serviceWorker.removeEventListener('message', hear);
  };
}

function answer(engine: Engine, tag: string, { data: request, ports: [port] }: MessageEvent): void {
  if (!isDrainRequest(request) || request.tag !== tag || !port || !isOpen(engine)) return;
  const say = (reply: DrainReply): void => port.postMessage(reply);
  say({ type: 'heard' });
  engine.drain({ timeoutMs: request.timeoutMs }).then(
    (drained) => say({ type: 'ended', drained }),
    () => say({ type: 'closed' }),
  );
}

/** An app may close its engine without a word to this file. */
function isOpen(engine: Engine): boolean {
  try {
    engine.status();
    return true;
  } catch {
    return false;
  }
}
