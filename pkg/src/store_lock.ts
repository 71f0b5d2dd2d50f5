/** The lock that makes one engine the only one that writes a device's store. */

/** A lock that is held until it is released, or until the page is gone. */
export interface HeldLock {
  /** Resolves when somebody has stolen it. */
  readonly lost: Promise<void>;
  release(): void;
}

/** Locks that all pages of an app share. */
export interface StoreLocks {
  /** Takes the lock; `undefined` where somebody holds it. */
  take(name: string): Promise<HeldLock | undefined>;
  /** Waits for its turn, in the order of asking; rejects where `signal` ends the wait. */
  wait(name: string, signal: AbortSignal): Promise<HeldLock>;
}

/** What the lock and the message channel of a device's store are called. */
export function storeName(deviceId: string): string {
  return `auraconnect/${deviceId}`;
}

const heldHere = new Set<string>();

/**
 * Locks of this JavaScript context, for platforms without any (React Native). There one app is one process, but a task in the
 * background runs in the same context as the app that is still open.
 */
export const contextLocks: Pick<StoreLocks, 'take'> = {
  take: (name) => {
    if (heldHere.has(name)) return Promise.resolve(undefined);
    heldHere.add(name);
    return Promise.resolve({ lost: new Promise<void>(() => undefined), release: () => void heldHere.delete(name) });
  },
};

/** The platform's Web Locks; `undefined` where there are none. */
export function platformLocks(): StoreLocks | undefined {
  const locks = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
  if (!locks) return undefined;
  const request = (name: string, options: LockOptions): Promise<HeldLock | undefined> =>
    new Promise((resolve, reject) => {
      let lose: () => void;
      const lost = new Promise<void>((stolen) => {
        lose = stolen;
      });
      const held = (lock: Lock | null): Promise<void> | void => {
        if (!lock) return resolve(undefined);
        // The lock is held for as long as this promise is pending.
        return new Promise<void>((release) => resolve({ lost, release }));
      };
      locks.request(name, options, held).catch((thrown: unknown) => {
        reject(thrown);
        lose();
      });
    });
  return {
    take: (name) => request(name, { ifAvailable: true }),
    wait: (name, signal) => request(name, { signal }) as Promise<HeldLock>,
  };
}
