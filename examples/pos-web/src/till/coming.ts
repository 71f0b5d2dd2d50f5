// Stands in for the package's own types until they are on this branch.
import type { Engine, FindingView, Status as PresentStatus } from '@auraconnect/offline-sync';

export interface ConflictSide {
  readonly valueText: string;
  readonly staffId: string | null;
  readonly deviceId: string | null;
  readonly at: string;
  readonly mine: boolean;
}
export type ConflictDecision = 'keep_local' | 'keep_server' | 'merged';
export interface ConflictChoice {
  readonly choice: ConflictDecision;
  readonly label: string;
  readonly bill: { readonly totalMinor: number; readonly paidMinor: number; readonly balanceMinor: number } | null;
  readonly value: unknown;
}
export interface ConflictView {
  readonly conflictId: string;
  readonly code: string;
  readonly collection: string;
  readonly recordId: string;
  readonly orderId: string | null;
  readonly ticketNo: string | null;
  readonly tableId: string | null;
  readonly field: string;
  readonly status: 'open' | 'deciding' | 'resolved';
  readonly headline: string;
  readonly local: ConflictSide;
  readonly server: ConflictSide;
  readonly choices: readonly ConflictChoice[];
  readonly resolution: { readonly choice: string; readonly by: string | null; readonly at: string | null } | null;
}
export interface ParkedMutation {
  readonly mutationId: string;
  readonly recordId: string;
  readonly changeType: string;
  readonly code: string;
  readonly message: string;
  readonly staffId: string;
  readonly madeAt: string;
  readonly field: string | null;
  readonly orderId: string | null;
  readonly ticketNo: string | null;
}
export interface UnsyncedOrder {
  readonly orderId: string;
  readonly ticketNo: string | null;
  readonly tableId: string | null;
  readonly changes: number;
  readonly takingsMinor: number;
  readonly oldestAt: string;
}
export interface Status extends Omit<PresentStatus, 'connection' | 'parked'> {
  readonly connection: 'online' | 'degraded' | 'offline';
  readonly moneyAtRiskMinor: number;
  readonly unsynced: readonly UnsyncedOrder[];
  readonly conflictsOpen: number;
  readonly clockOffsetMs: number | null;
  readonly parked: readonly ParkedMutation[];
  readonly findings: readonly FindingView[];
}
export interface JourneyStep {
  readonly mutationId: string;
  readonly changeType: string;
  readonly madeAt: string;
  readonly staffId: string;
  readonly state: 'waiting' | 'sent' | 'applied' | 'conflict' | 'held' | 'rejected' | 'skipped';
  readonly sentAt: string | null;
  readonly decidedAt: string | null;
  readonly attempts: number;
  readonly code: string | null;
  readonly message: string | null;
}
export interface ComingEngine extends Omit<Engine, 'status'> {
  readonly conflicts: {
    list(): readonly ConflictView[];
    resolve(conflictId: string, choice: ConflictDecision, value?: unknown): Promise<void>;
  };
  readonly parked: {
    list(): readonly ParkedMutation[];
    retry(mutationId: string): Promise<void>;
    discard(mutationId: string, approval: { approvedBy: string; reason: string }): Promise<void>;
  };
  journey(orderId: string): readonly JourneyStep[];
  status(): Status;
}
