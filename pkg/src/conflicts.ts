/** Conflicts: what two people did without seeing each other, and what somebody has to decide. */
import type { AskQuery, GiveCommand } from './orders.js';

/** Which side is to stand: the one that arrived, the one that the server had, or another value. */
export type ConflictChoiceName = 'keep_local' | 'keep_server' | 'merged';

/** One of the two sides of a conflict. */
export interface ConflictSide {
  /** What it says, in a few words. */
  readonly valueText: string;
  readonly staffId: string | null;
  readonly deviceId: string | null;
  readonly at: string;
  /** Whether it was made on this device. */
  readonly mine: boolean;
}

/** What an order would come to. */
export interface BillPreview {
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly refundedMinor: number;
  readonly balanceMinor: number;
}

/** One way to decide. */
export interface ConflictChoice {
  readonly choice: ConflictChoiceName;
  /** What it means, in a sentence: `Keep 2 × Pale Ale: 7.48 USD is due`. */
  readonly label: string;
  /** The bill it would give; `null` where it is about no order. */
  readonly bill: BillPreview | null;
  /** For `merged`: the value proposed, for a person to edit; `null` for the others. */
  readonly value: unknown;
}

/** A conflict in plain words. */
export interface ConflictView {
  readonly conflictId: string;
  /** What was noticed: `LATE_LINE`, `CLOSE_VOID`, `OVERPAID`, `FIELD_CONFLICT`, … */
  readonly code: string;
  readonly collection: string;
  readonly recordId: string;
  readonly orderId: string | null;
  readonly ticketNo: string | null;
  readonly tableId: string | null;
  /** The field of the record it is about, as a path. */
  readonly field: string;
  /** `deciding`: decided on this device, not yet confirmed by the server. */
  readonly status: 'open' | 'deciding' | 'resolved';
  /** What happened, in one sentence. People are named by their staff ids. */
  readonly headline: string;
  /** The side that arrived at the server later. */
  readonly local: ConflictSide;
  /** The side that the server had. */
  readonly server: ConflictSide;
  /** Everything that can be chosen; empty unless it is open. */
  readonly choices: readonly ConflictChoice[];
  /** How it was decided, or is about to be. `by` is `null` where the tenant's rule decided. */
  readonly resolution: {
    readonly decisionId: string;
    readonly choice: ConflictChoiceName;
    readonly by: string | null;
    readonly at: string;
  } | null;
}

/** The conflict inbox. Works without a connection: what is decided here is shown at once and travels later. */
export interface Conflicts {
  /** Those that wait for a decision, oldest first; then those decided here and on their way; then decided ones, newest first. */
  list(): readonly ConflictView[];
  /**
   * Decides a conflict, and does what the choice takes (voids late lines, gives money back) in the same save. For `merged` the
   * value is what is to stand. Decided the same way twice it is decided once. Where somebody else was first the status gets a
   * finding `ALREADY_RESOLVED`. Rejects with `CONFLICT_UNKNOWN`, `ALREADY_RESOLVED`, `FIELD_INVALID`, `NOT_SIGNED_IN`.
   */
  resolve(conflictId: string, choice: ConflictChoiceName, value?: unknown): Promise<void>;
}

/** The face of conflicts over the core's commands and queries. */
export function createConflicts(command: GiveCommand, query: AskQuery): Conflicts {
  return {
    list: () => query({ type: 'conflicts' }),
    resolve: async (conflictId, choice, value) => {
      const chosen = choice === 'merged' ? { merged: JSON.stringify(value ?? null) } : choice;
      await command({ type: 'resolve_conflict', conflictId, choice: chosen });
    },
  };
}
