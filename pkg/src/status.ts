/** What an app sees of how its engine stands. */
import type { StorageRoom } from './storage/space_watch.js';

/** Why nothing is being sent until someone acts. */
export type PauseReason = 'not_enrolled' | 'unauthorized' | 'forbidden' | 'sequence' | 'taken_over';

/** What the server refused, kept with its reason for a person. */
export interface ParkedMutation {
  readonly mutationId: string;
  readonly recordId: string;
  readonly changeType: string;
  readonly code: string;
  readonly message: string;
  /** The field of the change at fault, where it is one. */
  readonly field: string | null;
  /** Who made it. */
  readonly staffId: string;
  readonly madeAt: string;
  /** The order's ticket number, where the order is in memory. */
  readonly ticketNo: string | null;
}

/** An order with changes that the server has not confirmed. */
export interface UnsyncedOrder {
  readonly orderId: string;
  readonly ticketNo: string | null;
  readonly tableId: string | null;
  /** How many changes wait. */
  readonly changes: number;
  /** Payments and tips among them, less what was given back; minor units. */
  readonly takingsMinor: number;
  /** When the oldest of them was made. */
  readonly oldestAt: string;
}

/** How far one change has come. */
export interface JourneyStep {
  readonly mutationId: string;
  readonly changeType: string;
  readonly madeAt: string;
  readonly staffId: string;
  /**
   * `waiting`: saved here. `sent`: sent, no answer yet. `applied`: the server has it. `conflict`: a person decides. `held`: it
   * waits for somebody who may allow it. `rejected`: refused, kept here. `skipped`: no request passed with it, kept here.
   */
  readonly state: 'waiting' | 'sent' | 'applied' | 'conflict' | 'held' | 'rejected' | 'skipped';
  /** When it was last sent, in this run of the app. */
  readonly sentAt: string | null;
  readonly decidedAt: string | null;
  /** How often it was sent, in this run of the app. */
  readonly attempts: number;
  readonly code: string | null;
  readonly message: string | null;
}

/** Something a merge noticed that a person may want to know, e.g. `LATE_LINE`, `OVERPAID`, `QTY_MERGED`. */
export interface FindingView {
  readonly code: string;
  readonly recordId: string;
  readonly message: string;
  /** The field of the record it is about, where it is one. */
  readonly field: string | null;
  /** Where two inputs met: the one that stands. */
  readonly kept: string | null;
  /** Where two inputs met: the one that gave way. */
  readonly lost: string | null;
}

/** One object for a status bar. */
export interface Status {
  /**
   * Whether this engine writes the store and exchanges with the server, or follows another tab that does. A follower shows the
   * link as its writer said last.
   */
  readonly role: 'writer' | 'follower';
  readonly deviceId: string | null;
  readonly devicePrefix: string | null;
  /** `degraded`: the last exchange failed or took long, and the server has answered before. */
  readonly connection: 'online' | 'degraded' | 'offline';
  /** Set while sending is stopped until someone acts; the queue stays. */
  readonly paused: PauseReason | null;
  readonly queueDepth: number;
  readonly oldestPendingAt: string | null;
  readonly lastSyncAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly exchanging: boolean;
  /** Stable code of the last failure, `null` after a success. */
  readonly lastErrorCode: string | null;
  /** How far this device has read the location's changes; opaque. */
  readonly cursor: string | null;
  /** Payments and tips that only this device knows of, less what was given back; minor units. */
  readonly moneyAtRiskMinor: number;
  /** Orders with changes that the server has not confirmed, those that wait longest first. */
  readonly unsynced: readonly UnsyncedOrder[];
  /** Conflicts that wait for a decision. */
  readonly conflictsOpen: number;
  /** How far the server's clock is ahead of this device's, in milliseconds; `null` before the first exchange. */
  readonly clockOffsetMs: number | null;
  readonly parked: readonly ParkedMutation[];
  readonly findings: readonly FindingView[];
  readonly storage: StorageStatus;
}

/** Options of `Engine.drain`. */
export interface DrainOptions {
  /** How long to wait at most, in milliseconds; 1 to 3,600,000, 30,000 when absent. */
  timeoutMs?: number;
}

/** How a drain ended, and how the engine stood then. */
export interface Drained extends Pick<Status, 'queueDepth' | 'connection' | 'paused' | 'lastErrorCode'> {
  /**
   * `drained`: nothing of this device waits any more. `timed_out`: something still does; the engine goes on trying while it is
   * open. `paused`: the server answered that nothing is to be sent until someone acts, see `paused`.
   */
  readonly outcome: 'drained' | 'timed_out' | 'paused';
}

/** How the store stands; the worst where several are true. */
export type StorageState =
  | 'ok'
  /** Something could not be read, see {@link StorageStatus.damage}; the rest is in use. */
  | 'damaged'
  /** An older store stands beside this one: its keys are lost, so that nothing in it can be read; its bytes are kept. */
  | 'put_aside'
  /** The last write failed; nothing of it was saved. */
  | 'failing'
  /** The last write failed for want of space. */
  | 'full'
  /** Another tab writes the store now. */
  | 'taken_over';

/** What is wrong with one value of the store. */
export interface StorageDamage {
  /** The key it stands under, or should. */
  readonly key: string;
  /**
   * `torn_tail`: a save that a crash cut short and that nobody was told of; harmless. `altered`: other bytes than were written.
   * `missing`: not there. `foreign`: whole, but written for another place, another store, or with another key. `out_of_order`:
   * it does not follow the entry before it. `format_unknown`: a newer version of the app wrote it. `rolled_back`: the store is
   * older than it was.
   */
  readonly kind: 'torn_tail' | 'altered' | 'missing' | 'foreign' | 'out_of_order' | 'format_unknown' | 'rolled_back';
}

/** How the store stands and how much room it has. */
export interface StorageStatus extends StorageRoom {
  readonly state: StorageState;
  /** What could not be read; the bytes of damaged values are kept. */
  readonly damage: readonly StorageDamage[];
  /** Stores beside this one whose keys are lost. */
  readonly putAside: number;
  /** Commits since the last checkpoint. */
  readonly journalEntries: number;
  /** The number of the last commit. */
  readonly journalNumber: number;
  /** Business dates whose finished orders are not in memory, oldest first; see `Engine.loadDays`. */
  readonly daysOnDisk: readonly string[];
  /** Whether everything on the disk is sealed with the newest key. */
  readonly sealed: boolean;
}
