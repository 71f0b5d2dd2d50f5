import { EngineError } from './engine_error.js';

/** Lets go of a store. */
export type Unlock = () => void;

/**
 * Makes this page the only one that writes a device's store: two engines over one journal would overwrite each other.
 * Where there are no Web Locks (Node, React Native) there is one app process, and nothing to lock.
 */
export async function lockStore(deviceId: string): Promise<Unlock> {
  const locks = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
  if (!locks) return () => undefined;
  return new Promise<Unlock>((resolve, reject) => {
    const held = (lock: Lock | null): Promise<void> | void => {
      if (!lock) {
        reject(new EngineError('STORE_IN_USE', `${deviceId} is already open in another tab`));
        return;
      }
      // The lock is held for as long as this promise is pending.
      return new Promise<void>((release) => resolve(release));
    };
    locks.request(`auraconnect/${deviceId}`, { ifAvailable: true }, held).catch(reject);
  });
}
