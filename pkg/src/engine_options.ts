/** What an engine is opened with. */
import type { KeyProvider } from './keys/key_provider.js';
import type { StorageAdapter } from './storage/adapter.js';

/** What a device was given at enrolment. */
export interface Enrolment {
  readonly tenantId: string;
  readonly locationId: string;
  readonly deviceId: string;
  readonly devicePrefix: string;
  readonly deviceToken: string;
}

/** The part of `fetch` that the engine uses; `globalThis.fetch` fits. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** What {@link openEngine} takes. */
export interface EngineOptions {
  storage: StorageAdapter;
  /** Where the key that seals the store is kept; by default where the storage says, which in browsers is WebCrypto. */
  keys?: KeyProvider;
  /** Finished business dates that stay on the device, counted back from the newest; 1 to 400, 35 when absent. */
  retentionDays?: number;
  /** E.g. `https://sync.example.com`; paths of the protocol are appended. */
  serverUrl: string;
  /** Needed the first time a store is opened; afterwards the store remembers it. */
  enrolment?: Enrolment;
  /** Who works this device; `setStaff` changes it. Where the tenant employs staff they sign in: `engine.staff`. */
  staffId?: string;
  /** Milliseconds without a command after which whoever has signed in is signed out; 0, which is never, when absent. */
  autoLockMs?: number;
  /** `globalThis.fetch` when absent. */
  fetch?: Fetch;
  /** `crypto.getRandomValues` when absent; required on React Native. */
  randomBytes?: (count: number) => Uint8Array;
  /** Milliseconds since 1970 in UTC; `Date.now` when absent. */
  now?: () => number;
  /** Milliseconds that never go back while the device is up; `performance.now` when absent. */
  monotonicNow?: () => number;
  /** Milliseconds between pulls while there is nothing to send; 1,000 to 3,600,000, 10,000 when absent. */
  pullIntervalMs?: number;
  /**
   * Listens for the server's pokes over a WebSocket, where the platform has one, so that what other devices do is seen at once
   * and not with the next pull; `true` when absent. Without it, and wherever it fails, the engine pulls as it does anyway.
   */
  live?: boolean;
  /** Sent with every exchange. */
  appVersion?: string;
}
