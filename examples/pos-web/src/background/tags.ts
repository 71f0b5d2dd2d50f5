/** How the browser and the service worker call a till's work in the background; the worker finds the till's store by it. */
export const BACKGROUND_TAG_PREFIX = 'till/';

/** What the store of a till's device is called in this browser. */
export function storeName(deviceId: string): string {
  return `aura-pos-${deviceId}`;
}
