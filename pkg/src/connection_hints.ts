import type { Signal } from './seat.js';

/** The part of a browser's document that is listened to, where there is one. */
interface Visibility {
  readonly visibilityState: string;
  addEventListener(type: string, hear: () => void): void;
  removeEventListener(type: string, hear: () => void): void;
}

/**
 * Calls back with what the platform says of the network and of the page, where it says anything; returns the function that stops
 * it. Hints only: the engine trusts the last exchange. A page that is hidden or left may be stopped at any moment, so what waits
 * gets its chance then.
 */
export function onConnectionHints(hear: (signal: Signal) => void): () => void {
  const { addEventListener, removeEventListener, document } = globalThis as Partial<typeof globalThis> & {
    document?: Visibility;
  };
  if (typeof addEventListener !== 'function' || typeof removeEventListener !== 'function') return () => undefined;
  const online = (): void => hear('online');
  const offline = (): void => hear('offline');
  const leave = (): void => hear('back');
  const show = (): void => hear('forward');
  const look = (): void => (document?.visibilityState === 'hidden' ? leave() : show());
  const heard = { online, offline, pagehide: leave, pageshow: show };
  for (const [type, listener] of Object.entries(heard)) addEventListener(type, listener);
  document?.addEventListener('visibilitychange', look);
  return () => {
    for (const [type, listener] of Object.entries(heard)) removeEventListener(type, listener);
    document?.removeEventListener('visibilitychange', look);
  };
}
