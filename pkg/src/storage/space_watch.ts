/** How much room the store takes, how much is left, and whether the platform may take it away. */
import type { EngineEvent } from '../types.js';
import type { StorageAdapter, StorageSpace } from './adapter.js';

/** What an order with everything that is said about it takes on the disk until it is folded, generously, in bytes. */
const ORDER_BYTES = 4_096;
/** The least between two looks at the space, in milliseconds: platforms take their time to answer. */
const LOOK_INTERVAL_MS = 60_000;

/** What is known of the room for a store; `null` where the platform does not tell. */
export interface StorageRoom {
  /** Whether the platform has promised not to evict the store. */
  readonly persisted: boolean | null;
  readonly usedBytes: number | null;
  readonly quotaBytes: number | null;
  /** How many more orders there is room for, roughly. */
  readonly runwayOrders: number | null;
}

/** Looks at the room of one store now and then. */
export class SpaceWatch {
  readonly #storage: StorageAdapter;
  readonly #changed: () => void;
  #persisted: boolean | null = null;
  #space: StorageSpace | undefined;
  #lookedAt = -Infinity;

  /** `changed` is called when the room is known, or another. */
  constructor(storage: StorageAdapter, changed: () => void) {
    this.#storage = storage;
    this.#changed = changed;
  }

  /** Asks not to be evicted and looks for the first time. */
  start(): void {
    const asked = this.#storage.persist?.().catch(() => undefined) ?? Promise.resolve(undefined);
    void asked.then((persisted) => {
      this.#persisted = persisted ?? null;
      return this.#look();
    });
  }

  /** Something happened: from time to time that is a reason to look again. */
  hear({ type }: EngineEvent): void {
    if (type === 'status_changed' && this.#lookedAt > -Infinity && Date.now() - this.#lookedAt > LOOK_INTERVAL_MS) {
      void this.#look();
    }
  }

  /** What is known now. */
  room(): StorageRoom {
    const { usedBytes = null, quotaBytes = null } = this.#space ?? {};
    const free = usedBytes === null || quotaBytes === null ? null : Math.max(0, quotaBytes - usedBytes);
    const runwayOrders = free === null ? null : Math.floor(free / ORDER_BYTES);
    return { persisted: this.#persisted, usedBytes, quotaBytes, runwayOrders };
  }

  async #look(): Promise<void> {
    this.#lookedAt = Date.now();
    const before = JSON.stringify(this.room());
    this.#space = await this.#storage.space?.().catch(() => undefined);
    if (JSON.stringify(this.room()) !== before || this.#persisted !== null) this.#changed();
  }
}
