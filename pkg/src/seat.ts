import type { EnginePort } from './engine_port.js';
import type { Approver } from './staff.js';
import type { Status } from './types.js';

/** What the host tells the engine of the world. */
export type Signal = 'online' | 'offline' | 'forward' | 'back' | 'sync';

/** The context of a command that somebody approves. */
export function approvedContext(context: string, approver: Approver | undefined): string {
  return approver ? JSON.stringify({ ...(JSON.parse(context) as object), approver }) : context;
}

/** The part of {@link Status} that only who exchanges with the server knows. */
export type LinkStatus = Pick<
  Status,
  'connection' | 'paused' | 'exchanging' | 'lastSyncAt' | 'nextAttemptAt' | 'lastErrorCode'
>;

/** The parts of a handle that people sign in with; they mean this tab. */
export type SignInDesk = Pick<EnginePort, 'beginPin' | 'unlock' | 'forgetPins' | 'signIn' | 'signOut'>;

/** Where an app's engine sits: alone at a store, or at one that several tabs share. The engine's face is the same on all. */
export interface Seat extends SignInDesk {
  /** Gives a command as JSON; resolves with the order as JSON once it is durable, rejects with `{ code, message, … }`. */
  command(text: string, approver?: Approver): Promise<string>;
  /** Reads the working set: a query as JSON, the answer as JSON. Throws `{ code, message }`. */
  query(text: string): string;
  /** Whether this engine writes the store, and what the one that does says of its link where that is another. */
  standing(): Pick<Status, 'role'> & Partial<LinkStatus>;
  signal(name: Signal): void;
  /** Takes finished days into memory here: one, or all. */
  loadDays(date?: string): Promise<unknown>;
  /** What is not settled yet, as JSON, in the clear. */
  exportUnsynced(): string;
  /** What the core saw lately, as JSON, in the clear. Only for the one that writes. Throws `{ code, message }`. */
  recording(): string;
  /** Only for the one that writes. */
  addKey(id: number, hex: string): void;
  /** Throws `{ code, message }` where the id is not one. */
  setStaff(staffId: string): void;
  /** Waits for the commands that were given, then lets go of the store. */
  close(): Promise<void>;
}
