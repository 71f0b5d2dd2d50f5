/** What the server refused, kept on the device with its reason until a person has dealt with it. */
import type { AskQuery, GiveCommand } from './orders.js';
import type { ParkedMutation, Status } from './status.js';

/** Refused changes. */
export interface Parked {
  /** Oldest first; the same as in the status. */
  list(): readonly ParkedMutation[];
  /**
   * Offers one again as it was made, under a new id. Rejects with `PARKED_UNKNOWN`, or with `DECISION_AWAITED` where the conflict
   * inbox has it or the server has not said yet whether it knows it.
   */
  retry(mutationId: string): Promise<void>;
  /**
   * Gives one up; its bytes stay on record. Somebody else than whoever made it must approve, with a manager's rights where the
   * tenant employs anybody. Rejects with `APPROVAL_MISSING`, `PARKED_UNKNOWN`, `DECISION_AWAITED`.
   */
  discard(mutationId: string, approval: { readonly approvedBy: string; readonly reason: string }): Promise<void>;
}

/** The face of refused changes over the core's commands and queries. */
export function createParked(command: GiveCommand, query: AskQuery): Parked {
  return {
    list: () => query<Status>({ type: 'status' }).parked,
    retry: async (mutationId) => {
      await command({ type: 'retry_parked', mutationId });
    },
    discard: async (mutationId, { approvedBy, reason }) => {
      await command({ type: 'discard_parked', mutationId, approvedBy, reason });
    },
  };
}
