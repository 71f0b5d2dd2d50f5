/** What the platform believes about the network. A hint only: the engine trusts the last exchange. */
export type Connection = 'online' | 'offline';

/** Calls back on the browser's `online` and `offline` events, where there are any; returns the function that stops it. */
export function onConnectionHints(hear: (connection: Connection) => void): () => void {
  const { addEventListener, removeEventListener } = globalThis as Partial<typeof globalThis>;
  if (typeof addEventListener !== 'function' || typeof removeEventListener !== 'function') return () => undefined;
  const online = (): void => hear('online');
  const offline = (): void => hear('offline');
  addEventListener('online', online);
  addEventListener('offline', offline);
  return () => {
    removeEventListener('online', online);
    removeEventListener('offline', offline);
  };
}
