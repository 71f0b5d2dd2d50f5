/** Staff at a till: signing in by PIN without a connection, handing over, and a manager's approval of one command. */
import { createDrawers, type Drawers } from './drawers.js';
import { EngineError, engineError } from './engine_error.js';
import type { StoreKeys } from './keys/store_keys.js';
import { createOrders, type AskQuery, type GiveCommand } from './orders.js';
import { createParked, type Parked } from './parked.js';
import type { Seat } from './seat.js';
import { createShifts, type Shifts } from './shifts.js';
import type { Orders } from './types.js';

/** What somebody is. */
export type Role = 'line_cook' | 'server' | 'bartender' | 'cashier' | 'shift_lead' | 'manager' | 'admin';

/** Somebody who works for the tenant. */
export interface StaffView {
  readonly staffId: string;
  /** What screens and receipts call them. */
  readonly display: string;
  readonly role: Role;
  /** `false` for those who have left: their names stay on what they did. */
  readonly active: boolean;
  /** Whether they have a PIN that this device can check. */
  readonly canSignIn: boolean;
}

/** Whoever has signed in. */
export interface SignedIn {
  readonly staffId: string;
  readonly display: string | null;
  readonly role: Role;
  /** What they may do at this moment, e.g. `line.comp`. */
  readonly scopes: readonly string[];
  /** Until when their grant holds without a sync. */
  readonly expiresAt: string;
  /** The grant has ended: orders are taken, finished and paid for, people clock out, and whatever gives money away waits. */
  readonly limited: boolean;
}

/** Who approves, and why. */
export interface GivenApproval {
  readonly staffId: string;
  readonly pin: string;
  readonly reason: string;
}

/** What can be done with somebody's approval. */
export interface Approved {
  readonly orders: Orders;
  readonly shifts: Shifts;
  readonly parked: Parked;
  readonly drawers: Drawers;
}

/**
 * Staff. Where the tenant employs nobody, nobody signs in and everybody may do everything. Where it does, commands of whoever has
 * not signed in are refused with `NOT_SIGNED_IN`, and what takes a right that they do not have with `APPROVAL_REQUIRED` or
 * `SCOPE_MISSING`.
 */
export interface Staff {
  /** Synchronous. */
  list(): readonly StaffView[];
  /** Synchronous; in this tab. */
  current(): SignedIn | undefined;
  /**
   * Signs somebody in, in place of whoever was: open orders stay as they are. Rejects with `PIN_WRONG`, `PIN_LOCKED` (with
   * `retryAfterMs`), `PIN_BLOCKED`, `STAFF_UNKNOWN`, `SCOPE_MISSING` (their rights were taken away), `GRANT_EXPIRED` (their PIN or
   * role has changed), `GRANT_FOREIGN`.
   */
  signIn(staffId: string, pin: string): Promise<SignedIn>;
  signOut(): void;
  /** Somebody is at work: the time until the till locks itself begins anew. Each command does the same. */
  touch(): void;
  /**
   * Gives one command, or several, with somebody's approval, for the right that whoever is signed in lacks. The PIN is asked for
   * each time: an approval is good for these commands and no others. Rejects as {@link Staff.signIn} does for the approver, and
   * with `APPROVAL_INVALID` where they may not approve it.
   * @example
   * engine.staff.approve({ staffId, pin, reason: 'fell on the floor' }, ({ orders }) => orders.voidLine(orderId, lineId, 'dropped'))
   */
  approve<Result>(approval: GivenApproval, what: (approved: Approved) => Promise<Result>): Promise<Result>;
  /** A manager lets somebody try again whose PIN is blocked here. Rejects with `APPROVAL_MISSING` where they are no manager. */
  unblock(staffId: string, manager: { readonly staffId: string; readonly pin: string }): Promise<void>;
}

/** Somebody whose PIN was given for one command, as the core takes it. */
export interface Approver {
  readonly token: string;
  readonly reason: string;
}

/** What signing in needs. */
interface Parts {
  readonly seat: Seat;
  readonly keys: StoreKeys;
  readonly query: AskQuery;
  /** Gives a command, with somebody's approval where one is given. */
  readonly give: (approver?: Approver) => GiveCommand;
  /** Milliseconds without a command or a touch after which the till locks itself; never where 0. */
  readonly autoLockMs: number;
}

/** Staff over a seat. */
export class StaffDesk implements Staff {
  readonly #parts: Parts;
  /** One attempt after the other: each is counted, and written down, before the next one begins. */
  #trying: Promise<unknown> = Promise.resolve();
  /** Somebody has signed in here: whoever was only named is not sent away. */
  #present = false;
  #lock: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  list(): readonly StaffView[] {
    return this.#parts.query({ type: 'staff' });
  }

  current(): SignedIn | undefined {
    return this.#parts.query<SignedIn | null>({ type: 'signed_in' }) ?? undefined;
  }

  async signIn(staffId: string, pin: string): Promise<SignedIn> {
    const token = await this.#unlock(staffId, pin);
    await this.#audit('sign_in', staffId);
    this.#parts.seat.signIn(token);
    this.#present = true;
    this.touch();
    const signedIn = this.current();
    if (!signedIn) throw new EngineError('INTERNAL', 'the grant was taken and is not there');
    return signedIn;
  }

  signOut(): void {
    this.#stopLock();
    this.#present = false;
    this.#parts.seat.signOut();
  }

  touch(): void {
    this.#stopLock();
    if (this.#present && this.#parts.autoLockMs > 0)
      this.#lock = setTimeout(() => this.signOut(), this.#parts.autoLockMs);
  }

  async approve<Result>(
    { staffId, pin, reason }: GivenApproval,
    what: (approved: Approved) => Promise<Result>,
  ): Promise<Result> {
    const give = this.#parts.give({ token: await this.#unlock(staffId, pin), reason });
    const { query } = this.#parts;
    return what({
      orders: createOrders(give, query),
      shifts: createShifts(give, query),
      parked: createParked(give, query),
      drawers: createDrawers(give, query),
    });
  }

  async unblock(staffId: string, manager: { readonly staffId: string; readonly pin: string }): Promise<void> {
    await this.#unlock(manager.staffId, manager.pin);
    const role = this.list().find((member) => member.staffId === manager.staffId)?.role;
    if (role !== 'manager' && role !== 'admin') {
      throw new EngineError('APPROVAL_MISSING', `${manager.staffId} is no manager`);
    }
    await this.#parts.keys.changeVault((vault) => this.#parts.seat.forgetPins(staffId, vault, false));
  }

  close(): void {
    this.#stopLock();
  }

  /** Hermes takes nothing but a number. */
  #stopLock(): void {
    if (this.#lock !== undefined) clearTimeout(this.#lock);
    this.#lock = undefined;
  }

  /** The token that a PIN opens. The attempt is counted and durable before the PIN is looked at. */
  #unlock(staffId: string, pin: string): Promise<string> {
    const tried = this.#trying.then(() => this.#try(staffId, pin));
    this.#trying = tried.catch(() => undefined);
    return tried;
  }

  async #try(staffId: string, pin: string): Promise<string> {
    const { keys, seat } = this.#parts;
    try {
      let refused: unknown;
      await keys.changeVault((vault) => {
        const begun = seat.beginPin(staffId, vault);
        refused = begun.refused;
        return begun.vault;
      });
      if (refused !== undefined) throw engineError(refused);
      const token = seat.unlock(staffId, pin);
      await keys.changeVault((vault) => seat.forgetPins(staffId, vault, true));
      return token;
    } catch (thrown) {
      const error = engineError(thrown);
      const kind = failures[error.code];
      // What it tells is also where the audit cannot be written, as on a full disk.
      if (kind !== undefined) await this.#audit(kind, staffId).catch(() => undefined);
      throw error;
    }
  }

  async #audit(kind: string, staffId: string): Promise<void> {
    await this.#parts.seat.command(JSON.stringify({ type: 'audit', kind, staffId }));
  }
}

/** What the audit calls a sign-in that came to nothing. */
const failures: Readonly<Record<string, string>> = {
  PIN_WRONG: 'sign_in_failed',
  GRANT_FOREIGN: 'sign_in_failed',
  GRANT_EXPIRED: 'sign_in_failed',
  PIN_LOCKED: 'lock_out',
  PIN_BLOCKED: 'lock_out',
  SCOPE_MISSING: 'revoked_attempt',
};
