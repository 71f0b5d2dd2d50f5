/** The seat of an engine whose store several tabs share: the writer's, or a follower's that becomes the writer's. */
import { onConnectionHints } from '../connection_hints.js';
import { EngineError } from '../engine_error.js';
import type { EnginePort, OpenPort, PortRole } from '../engine_port.js';
import type { LiveLink, OpenLive } from '../live_link.js';
import { approvedContext, type LinkStatus, type Seat, type Signal } from '../seat.js';
import type { Approver } from '../staff.js';
import { type HeldLock, type StoreLocks, storeName } from '../store_lock.js';
import type { EngineEvent, Status } from '../types.js';
import { changesBetween } from './changes.js';
import { Follower, type FollowerTab } from './follower.js';
import { Leader } from './leader.js';
import type { OpenChannel, TabChannel, TabId } from './messages.js';

/** How long an opening tab waits for the writer's word before it takes the store to be in use, in milliseconds. */
const LEADER_ANSWERS_MS_MAX = 10_000;
/** How long a tab that could not open the store as its writer lets others try, in milliseconds. */
const PROMOTION_RETRY_MS = 1_000;

/** What a tab needs to share a store. */
export interface TabOptions {
  readonly deviceId: string;
  readonly id: TabId;
  readonly locks: StoreLocks;
  readonly openChannel: OpenChannel;
  readonly openPort: OpenPort;
  /** Lets go of the storage; called last. */
  readonly closeStorage: () => Promise<void>;
  /** Hears what the app's listeners should. */
  readonly notify: (event: EngineEvent) => void;
  /** Listens for the server's pokes while this tab writes. */
  readonly openLive?: OpenLive | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Who works this tab at first. */
  readonly staffId?: string | undefined;
}

/** A command of this tab that was not answered yet. */
interface Given {
  readonly text: string;
  /** Absent where only this tab's own handle was given it. */
  context?: string;
  readonly resolve: (order: string) => void;
  readonly reject: (thrown: unknown) => void;
}

/** One tab at a shared store. */
export class TabSeat implements Seat {
  readonly #options: TabOptions;
  readonly #channel: TabChannel;
  /** What this tab reads from: the writing handle or a replica, whose events are the ones to tell. */
  #shown: EnginePort | undefined;
  #leader: Leader | undefined;
  /** Also after it has stopped: what it had taken is still committed, and told before it is answered. */
  #lastLeader: Leader | undefined;
  #follower: Follower | undefined;
  #lock: HeldLock | undefined;
  #endWait: (() => void) | undefined;
  /** The term of this tab's own writing, where it ever wrote. */
  #term = 0;
  #stopHints: () => void = () => undefined;
  #live: LiveLink | undefined;
  /** By the order in which they were given. */
  readonly #given = new Map<number, Given>();
  /** Writing handles whose time is over. */
  readonly #replaced = new WeakSet<EnginePort>();
  /** Commands that the writing handle has, of this tab or of others. */
  readonly #saving = new Set<Promise<unknown>>();
  #nextCommand = 1;
  #staffId: string | undefined;
  /** The grant of whoever has signed in in this tab. */
  #token: string | undefined;
  #closed = false;
  /** Settled when there is something to read, or never will be. */
  readonly #opened: Promise<void>;
  #resolveOpened: () => void = () => undefined;
  #rejectOpened: (thrown: unknown) => void = () => undefined;
  /** Called when the last unanswered command is answered. */
  #resolveAnswered: () => void = () => undefined;

  private constructor(options: TabOptions) {
    this.#options = options;
    this.#staffId = options.staffId;
    this.#channel = options.openChannel(storeName(options.deviceId), (message) => {
      this.#leader?.hear(message);
      this.#follower?.hear(message);
    });
    this.#opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
  }

  /** Sits down at the store: as its writer where there is none, else as a follower. */
  static async open(options: TabOptions): Promise<TabSeat> {
    const seat = new TabSeat(options);
    try {
      const lock = await options.locks.take(storeName(options.deviceId));
      if (!lock || !(await seat.#leadFirst(lock))) await seat.#followFirst();
      return seat;
    } catch (thrown) {
      await seat.#leave();
      throw thrown;
    }
  }

  command(text: string, approver?: Approver): Promise<string> {
    return new Promise((resolve, reject) => {
      const id = this.#nextCommand;
      this.#nextCommand += 1;
      const given: Given = { text, resolve, reject };
      if (approver) given.context = approvedContext(this.#port().context(), approver);
      this.#given.set(id, given);
      if (this.#leader) {
        this.#giveHandle(id, given);
      } else {
        const context = this.#contextOf(given);
        this.#follower?.send(id, { text, context });
      }
    });
  }

  query(text: string): string {
    return this.#port().query(text);
  }

  standing(): Pick<Status, 'role'> & Partial<LinkStatus> {
    return this.#leader ? { role: 'writer' } : { role: 'follower', ...this.#follower?.link };
  }

  signal(name: Signal): void {
    if (this.#leader) this.#port().signal(name);
    else this.#follower?.signal(name);
  }

  loadDays(date?: string): Promise<unknown> {
    return this.#port().loadDays(date);
  }

  exportUnsynced(): string {
    return this.#port().exportUnsynced();
  }

  recording(): string {
    return this.#port().recording();
  }

  addKey(id: number, hex: string): void {
    this.#port().addKey(id, hex);
  }

  setStaff(staffId: string): void {
    this.#port().setStaff(staffId);
    this.#staffId = staffId;
    this.#token = undefined;
  }

  beginPin(staffId: string, vault: string): ReturnType<EnginePort['beginPin']> {
    return this.#port().beginPin(staffId, vault);
  }

  unlock(staffId: string, pin: string): string {
    return this.#port().unlock(staffId, pin);
  }

  forgetPins(staffId: string, vault: string, right: boolean): string {
    return this.#port().forgetPins(staffId, vault, right);
  }

  signIn(token: string): void {
    this.#port().signIn(token);
    this.#token = token;
    this.#staffId = undefined;
  }

  signOut(): void {
    this.#port().signOut();
    this.#token = undefined;
    this.#staffId = undefined;
  }

  async close(): Promise<void> {
    if (this.#given.size > 0) {
      await new Promise<void>((resolve) => {
        this.#resolveAnswered = resolve;
      });
    }
    await this.#leave();
  }

  #port(): EnginePort {
    if (!this.#shown) throw new EngineError('ENGINE_CLOSED', 'the store is not open');
    return this.#shown;
  }

  /** Becomes the writer. Rejects where the store cannot be opened or the lock is stolen; then nothing has changed. */
  async #lead(lock: HeldLock): Promise<void> {
    this.#lock = lock;
    let lost = false;
    void lock.lost.then(() => {
      lost = true;
    });
    // Of the moment in which the lock was had: what comes after it is another's term.
    this.#term = Math.max(this.#options.now(), (this.#follower?.term ?? 0) + 1);
    const port = await this.#openPort('writer');
    if (this.#closed) return port.close();
    if (lost) {
      port.close();
      throw new EngineError('STORE_TAKEN_OVER', 'another tab writes this store now');
    }
    const leader = new Leader({
      id: this.#options.id,
      term: this.#term,
      post: (message) => this.#channel.post(message),
      command: (text, context) => this.#save(port.command(text, context)),
      isTakenOver,
      signal: (name) => port.signal(name),
      link: () => linkOf(port),
    });
    const follower = this.#follower;
    this.#follower = undefined;
    this.#leader = leader;
    this.#lastLeader = leader;
    const before = this.#show(port);
    this.#stopHints = onConnectionHints((connection) => port.signal(connection));
    this.#live = this.#options.openLive?.(port);
    this.#live?.follow();
    follower?.stop();
    void lock.lost.then(() => this.#stepDown(leader));
    leader.announce();
    for (const [id, given] of this.#given) this.#giveHandle(id, given);
    if (before) this.#tellChanges(before, port);
  }

  /** Becomes the writer of a store that nobody else has open; `false` where somebody stole the lock meanwhile. */
  async #leadFirst(lock: HeldLock): Promise<boolean> {
    try {
      await this.#lead(lock);
      return true;
    } catch (thrown) {
      if (isTakenOver(thrown)) return false;
      throw thrown;
    }
  }

  /** Follows, and resolves when there is something to read. */
  async #followFirst(): Promise<void> {
    const late = setTimeout(() => {
      this.#rejectOpened(new EngineError('STORE_IN_USE', 'another tab writes the store and does not answer'));
    }, LEADER_ANSWERS_MS_MAX);
    this.#follow();
    try {
      await this.#opened;
    } finally {
      clearTimeout(late);
    }
  }

  #follow(): void {
    const tab: FollowerTab = {
      id: this.#options.id,
      post: (message) => this.#channel.post(message),
      openReplica: () => this.#openPort('replica'),
      show: (replica) => {
        const before = this.#show(replica);
        if (before) this.#tellChanges(before, replica);
      },
      failed: (thrown) => this.#rejectOpened(thrown),
      unanswered: () =>
        [...this.#given].map(([id, given]) => [id, { text: given.text, context: this.#contextOf(given) }] as const),
      answered: (id, order) => this.#answer(id, ({ resolve }) => resolve(order)),
      refused: (id, error) => this.#answer(id, ({ reject }) => reject(error)),
      linkChanged: () => this.#options.notify({ type: 'status_changed' }),
    };
    const follower = new Follower(tab, this.#term);
    this.#follower = follower;
    follower.start();
    this.#waitForTurn();
  }

  /** Asks for the lock; the browser gives it to one tab when the writer lets go of it or dies. */
  #waitForTurn(): void {
    const wait = new AbortController();
    this.#endWait = () => wait.abort();
    const turn = this.#options.locks.wait(storeName(this.#options.deviceId), wait.signal);
    turn.then(
      (lock) => {
        if (this.#closed) return lock.release();
        this.#lead(lock).catch((thrown: unknown) => {
          this.#lock = undefined;
          lock.release();
          // Nobody is told that a command failed that may well be on disk: it stays unanswered until a writer answers.
          if (this.#closed) return;
          if (isTakenOver(thrown)) this.#waitForTurn();
          else if (!this.#shown) this.#rejectOpened(thrown);
          else setTimeout(() => this.#closed || this.#waitForTurn(), PROMOTION_RETRY_MS);
        });
      },
      (thrown: unknown) => {
        if (!this.#closed) this.#rejectOpened(thrown);
      },
    );
  }

  /** This tab is the writer no longer: somebody has stolen its lock or written over it. */
  async #stepDown(leader: Leader): Promise<void> {
    if (this.#leader !== leader) return;
    this.#leader = undefined;
    this.#stopHints();
    this.#live?.close();
    const port = this.#port();
    this.#replaced.add(port);
    const stopped = leader.stop();
    // The handle refuses what it did not save; that is given to the next writer. Only then may it fall silent.
    await Promise.allSettled([stopped, ...this.#saving]);
    port.close();
    this.#lock?.release();
    this.#lock = undefined;
    if (!this.#closed) this.#follow();
    this.#options.notify({ type: 'status_changed' });
  }

  #giveHandle(id: number, { text, context }: Given): void {
    this.#save(this.#port().command(text, context)).then(
      (order) => this.#answer(id, ({ resolve }) => resolve(order)),
      (thrown: unknown) => {
        // Not saved: it stays unanswered for the next writer.
        if (!isTakenOver(thrown)) this.#answer(id, ({ reject }) => reject(thrown));
      },
    );
  }

  #save(saved: Promise<string>): Promise<string> {
    this.#saving.add(saved);
    const settled = (): void => void this.#saving.delete(saved);
    saved.then(settled, settled);
    return saved;
  }

  #answer(id: number, tell: (given: Given) => void): void {
    const given = this.#given.get(id);
    if (!given) return;
    this.#given.delete(id);
    tell(given);
    if (this.#given.size === 0) this.#resolveAnswered();
  }

  /** The moment of the tap stays the moment of the command, however often it is given. */
  #contextOf(given: Given): string {
    given.context ??= this.#port().context();
    return given.context;
  }

  /** Opens a handle whose events are told as soon as it is shown. */
  async #openPort(role: PortRole): Promise<EnginePort> {
    let opened: EnginePort | undefined;
    const isShown = (): boolean => opened !== undefined && this.#shown === opened;
    opened = await this.#options.openPort(role, {
      notify: (text) => {
        if (!isShown()) return;
        const event = JSON.parse(text) as EngineEvent;
        if (event.type === 'status_changed') this.#leader?.statusChanged();
        this.#options.notify(event);
        if (event.type === 'status_changed') this.#live?.follow();
      },
      mayCommit: () => opened === undefined || !this.#replaced.has(opened),
      committed: (entries) => this.#lastLeader?.committed(entries),
      commitRefused: (code) => {
        if (code === 'KEY_EXISTS' && this.#leader && isShown()) void this.#stepDown(this.#leader);
      },
    });
    if (this.#staffId !== undefined) opened.setStaff(this.#staffId);
    if (this.#token !== undefined) {
      try {
        opened.signIn(this.#token);
      } catch {
        // Their rights were taken away meanwhile, or another PIN was set.
        this.#token = undefined;
      }
    }
    return opened;
  }

  /** Reads from this handle from now on; returns the one before, which falls silent. */
  #show(port: EnginePort): EnginePort | undefined {
    const before = this.#shown;
    this.#shown = port;
    before?.close();
    this.#resolveOpened();
    return before;
  }

  #tellChanges(before: EnginePort, now: EnginePort): void {
    for (const event of changesBetween(before, now)) this.#options.notify(event);
  }

  async #leave(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#endWait?.();
    this.#stopHints();
    this.#live?.close();
    const [leader, follower] = [this.#leader, this.#follower];
    this.#leader = undefined;
    this.#follower = undefined;
    if (follower) this.#channel.post({ type: 'bye', from: this.#options.id });
    follower?.stop();
    await leader?.stop();
    this.#shown?.close();
    await this.#options.closeStorage();
    this.#channel.close();
    this.#lock?.release();
  }
}

/** The core's own word for it, and the store's. */
function isTakenOver(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return code === 'STORE_TAKEN_OVER' || code === 'KEY_EXISTS';
}

function linkOf(port: EnginePort): LinkStatus {
  const status = JSON.parse(port.query('{"type":"status"}')) as Status;
  const { connection, paused, exchanging, lastSyncAt, nextAttemptAt, lastErrorCode } = status;
  return { connection, paused, exchanging, lastSyncAt, nextAttemptAt, lastErrorCode };
}
