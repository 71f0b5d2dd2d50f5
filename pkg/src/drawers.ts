/** Cash drawers: opened with a float, counted blind, closed with what is too much or too little. */
import type { AskQuery, GiveCommand } from './orders.js';

/** A drawer from its opening to its closing. */
export interface DrawerSessionView {
  /** For {@link AddPayment.drawerSessionId}: cash payments that name it are in it by themselves. */
  readonly sessionId: string;
  readonly drawerId: string;
  readonly currency: string;
  /** `null` while its opening is still on its way from another device. */
  readonly opened: DrawerActView | null;
  /** `null` while it is open. */
  readonly closed: DrawerActView | null;
  readonly floatMinor: number | null;
  /** How often it was opened without a sale. */
  readonly noSales: number;
  /** What was counted, as it was typed. */
  readonly countedMinor: number | null;
  /** What should be in it; `null` before it was counted: whoever counts does not know. */
  readonly expectedMinor: number | null;
  /** What is too much or, below zero, too little; `null` before it was counted. */
  readonly overShortMinor: number | null;
  /** What made the expected amount; `null` before it was counted. */
  readonly cash: DrawerCashView | null;
  readonly findings: readonly { readonly code: string; readonly message: string }[];
}

/** Who did something to a drawer, when and where. */
export interface DrawerActView {
  readonly staffId: string;
  readonly at: string;
  readonly deviceId: string;
}

/** The sums of a session's cash, each zero or more. */
export interface DrawerCashView {
  readonly salesMinor: number;
  readonly refundsMinor: number;
  readonly paidInMinor: number;
  readonly paidOutMinor: number;
  /** Taken to the safe. */
  readonly dropsMinor: number;
}

/**
 * Drawers of the location. Each resolves when it is on disk, and rejects with `DRAWER_STATE` where it makes no sense (*This drawer is
 * already open.*), `FIELD_INVALID` for an amount or a reason that cannot be, `LIMIT_EXCEEDED`.
 */
export interface Drawers {
  open(drawerId: string, args: { floatMinor: number }): Promise<void>;
  /** Cash put in for another reason than a sale. */
  payIn(drawerId: string, args: { amountMinor: number; reason: string }): Promise<void>;
  payOut(drawerId: string, args: { amountMinor: number; reason: string }): Promise<void>;
  /** Cash taken to the safe. */
  drop(drawerId: string, args: { amountMinor: number }): Promise<void>;
  /** Opens it without a sale. */
  noSale(drawerId: string, reason: string): Promise<void>;
  count(drawerId: string, args: { countedMinor: number }): Promise<void>;
  /** Ends the session with the count that stands. */
  close(drawerId: string): Promise<void>;
  /** Synchronous; in the order of their openings. */
  list(filter?: { open?: boolean }): readonly DrawerSessionView[];
}

/** The face of drawers over the core's commands and queries. */
export function createDrawers(command: GiveCommand, query: AskQuery): Drawers {
  const act = async (drawerId: string, type: string, args: Record<string, unknown> = {}): Promise<void> => {
    await command({ type: 'drawer', drawerId, act: { type, ...args } });
  };
  return {
    open: (drawerId, { floatMinor }) => act(drawerId, 'open', { floatMinor }),
    payIn: (drawerId, { amountMinor, reason }) => act(drawerId, 'paid_in', { amountMinor, reason }),
    payOut: (drawerId, { amountMinor, reason }) => act(drawerId, 'paid_out', { amountMinor, reason }),
    drop: (drawerId, { amountMinor }) => act(drawerId, 'drop', { amountMinor }),
    noSale: (drawerId, reason) => act(drawerId, 'no_sale', { reason }),
    count: (drawerId, { countedMinor }) => act(drawerId, 'count', { countedMinor }),
    close: (drawerId) => act(drawerId, 'close'),
    list: ({ open } = {}) =>
      query<readonly DrawerSessionView[]>({ type: 'drawers' }).filter(
        ({ closed }) => open === undefined || open === (closed === null),
      ),
  };
}
