/** What the server refused, kept on the device with its reason until a person has dealt with it. */
import { createOrders, type AskQuery, type GiveCommand } from './orders.js';
import type { ParkedMutation, Status } from './status.js';
import type { Orders, OrderView } from './types.js';

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
   * Gives the command that is right instead, about the same order, and takes the refused one off the list in the same commit; its
   * bytes stay on record. Rejects as the command itself does, with `FIELD_INVALID` where it is about another order, and as
   * `retry` does.
   * @example engine.parked.correct(id, (orders) => orders.addPayment(orderId, { type: 'cash', amountMinor: 1200 }))
   */
  correct(mutationId: string, instead: (orders: Orders) => Promise<OrderView>): Promise<OrderView>;
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
    correct: (mutationId, instead) =>
      instead(createOrders((body) => command({ type: 'retry_parked', mutationId, instead: body }), query)),
    discard: async (mutationId, { approvedBy, reason }) => {
      await command({ type: 'discard_parked', mutationId, approvedBy, reason });
    },
  };
}
