/** The engine's core as this package drives it: one open handle over a store, as its writer or as a replica of it. */

/**
 * `writer`: reads and writes the store, exchanges with the server, sets timers. `replica`: reads the store and is told what
 * its writer commits; it never writes, never sends and never sets a timer.
 */
export type PortRole = 'writer' | 'replica';

/** One open handle of the core. */
export interface EnginePort {
  /**
   * Gives a command as JSON; resolves with the order as JSON once its effect is durable, rejects with `{ code, message, field,
   * allowed }`. A `context` is where and by whom it was given, from {@link context}: the ids of what it makes come from there,
   * so the same command with the same context takes effect once, whoever is given it and however often.
   */
  command(json: string, context?: string): Promise<string>;
  /** This moment here and who works this tab, as JSON, for a command that another tab is to carry out. */
  context(): string;
  /** Reads the working set: a query as JSON, the answer as JSON. Throws `{ code, message }`. */
  query(json: string): string;
  /**
   * Tells a replica of a journal entry that the writer has committed. `false` where it does not follow what the replica knows:
   * then it must be opened anew. One that it knows already is no fault.
   */
  observe(key: string, bytes: Uint8Array): boolean;
  /** Takes finished days into memory: one, or all; resolves when they are there. Throws `{ code, message }`. */
  loadDays(date?: string): Promise<unknown>;
  /** What is not settled yet, as JSON, in the clear. */
  exportUnsynced(): string;
  /**
   * What a writer saw lately, as JSON, in the clear, without secrets. Throws `{ code, message }` where there is nothing to begin with,
   * as in a replica.
   */
  recording(): string;
  /** Seals the store with a new key from now on; it is kept already. Throws `{ code, message }`. */
  addKey(id: number, hex: string): void;
  /** Tells the core of the world: `online`, `offline` or `sync`. */
  signal(name: string): void;
  /** Tells a writer that the location's change sequence has reached this number. */
  poked(head: number): void;
  /** Names the person who works this tab from now on. Throws `{ code, message }`. */
  setStaff(staffId: string): void;
  /**
   * Counts an attempt to give a PIN; `vault` is what must be kept before {@link unlock} is called. Where `refused` is there, the
   * PIN must not be looked at.
   */
  beginPin(staffId: string, vault: string): { readonly vault: string; readonly refused?: unknown };
  /** The token of somebody's grant, opened with their PIN. Throws `{ code, message }`. */
  unlock(staffId: string, pin: string): string;
  /** The vault after the PIN was right, or after a manager lets somebody try again. */
  forgetPins(staffId: string, vault: string, right: boolean): string;
  /** Whoever has this token works this tab from now on. Throws `{ code, message }`. */
  signIn(token: string): void;
  /** Nobody works this tab from now on. */
  signOut(): void;
  /** Stops the loop: no timer, no request, no further commit. What was read stays readable. */
  close(): void;
}

/** What becomes of a writer's commits and what listeners should hear; one for each open handle. */
export interface PortHooks {
  /** An event of the core, as JSON. */
  notify(event: string): void;
  /** Whether a writer may still write: one that was replaced must not, even where nothing would refuse it yet. */
  mayCommit?(): boolean;
  /** A commit is durable; these are the journal's entries in it. Comes before the commands in it resolve. */
  committed?(entries: readonly JournalEntry[]): void;
  /** A commit was refused with this code of the storage adapter, if it has one. */
  commitRefused?(code: string | undefined): void;
}

/** A key of the journal and its value. */
export type JournalEntry = readonly [key: string, bytes: Uint8Array];

/** Opens a handle. Rejects with `{ code, message }`. */
export type OpenPort = (role: PortRole, hooks: PortHooks) => Promise<EnginePort>;
