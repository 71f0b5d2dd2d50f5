/** A follower's side of the channel: keeps a replica up to date and has the writer carry out this tab's commands. */
import { EngineError } from '../engine_error.js';
import type { EnginePort } from '../engine_port.js';
import type { LinkStatus, Signal } from '../seat.js';
import type { TabId, TabMessage, Term } from './messages.js';

/** A command of this tab that has no outcome yet. */
export interface Unanswered {
  readonly text: string;
  readonly context: string;
}

/** What the follower needs of its tab. */
export interface FollowerTab {
  readonly id: TabId;
  post(message: TabMessage): void;
  /** Reads the store as it is now. */
  openReplica(): Promise<EnginePort>;
  /** This replica is the one to read from now on. */
  show(replica: EnginePort): void;
  /** The store cannot be read. */
  failed(thrown: unknown): void;
  /** This tab's unanswered commands in the order they were given. */
  unanswered(): Iterable<readonly [id: number, command: Unanswered]>;
  answered(id: number, order: string): void;
  refused(id: number, error: EngineError): void;
  /** The writer's link is another one. */
  linkChanged(): void;
}

/** What the writer's word for its link is before it has said one. */
const unknownLink: LinkStatus = {
  connection: 'offline',
  paused: null,
  exchanging: false,
  lastSyncAt: null,
  nextAttemptAt: null,
  lastErrorCode: null,
};

type Held = Extract<TabMessage, { type: 'committed' | 'outcome' }>;

/** Follows the tab that writes, whichever it is. */
export class Follower {
  readonly #tab: FollowerTab;
  /** Who was last heard to write. */
  #heard: TabId | undefined;
  #term: Term = 0;
  /** Who has answered this tab's `hello`: commands go there. */
  #leader: TabId | undefined;
  #link = unknownLink;
  #replica: EnginePort | undefined;
  #reading = false;
  #readAgain = false;
  /** Commits and outcomes in the order heard: an outcome is told only when the replica shows what it rests on. */
  readonly #held: Held[] = [];
  #stopped = false;

  constructor(tab: FollowerTab, term: Term) {
    this.#tab = tab;
    this.#term = term;
  }

  /** How the writer's link stands, as it said last. */
  get link(): LinkStatus {
    return this.#link;
  }

  /** The largest term that was heard of. */
  get term(): Term {
    return this.#term;
  }

  /** Asks who writes; whoever it is answers, now or when it begins. */
  start(): void {
    this.#tab.post({ type: 'hello', from: this.#tab.id });
  }

  /** Gives a command to the writer; where there is none at the moment, the next one gets it. */
  send(id: number, { text, context }: Unanswered): void {
    if (this.#leader === undefined) return;
    const [from, to, term] = [this.#tab.id, this.#leader, this.#term];
    this.#tab.post({ type: 'command', from, to, term, id, text, context });
  }

  /** Passes on what the host said; a writer to come finds out by itself. */
  signal(name: Signal): void {
    if (this.#leader !== undefined) {
      this.#tab.post({ type: 'signal', from: this.#tab.id, to: this.#leader, name });
    }
  }

  hear(message: TabMessage): void {
    if (this.#stopped) return;
    switch (message.type) {
      case 'leads':
        this.#hearLeader(message);
        return;
      case 'resigns':
        if (message.from === this.#heard) this.#askForLeader(undefined);
        return;
      case 'link':
        if (message.from === this.#leader) this.#setLink(message.link);
        return;
      case 'committed':
        this.#held.push(message);
        this.#takeHeld();
        return;
      case 'outcome':
        if (message.to !== this.#tab.id) return;
        this.#held.push(message);
        this.#takeHeld();
        return;
      case 'hello':
      case 'bye':
      case 'command':
      case 'signal':
        // For the writer.
        return;
    }
  }

  /** Follows no more; what it still holds is told, for the tab reads the store itself from now on. */
  stop(): void {
    this.#stopped = true;
    for (const message of this.#held.splice(0)) {
      if (message.type === 'outcome') this.#tell(message);
    }
  }

  #hearLeader({ from, to, term, link }: Extract<TabMessage, { type: 'leads' }>): void {
    if (term < this.#term) return;
    const isNews = term > this.#term || from !== this.#heard;
    this.#term = term;
    if (to !== this.#tab.id) {
      if (isNews) this.#askForLeader(from);
      return;
    }
    if (!isNews && from === this.#leader) return;
    this.#heard = from;
    this.#leader = from;
    this.#setLink(link);
    // What the last writer committed in its last moment it may not have told.
    void this.#read();
    for (const [id, command] of this.#tab.unanswered()) this.send(id, command);
  }

  #askForLeader(heard: TabId | undefined): void {
    this.#heard = heard;
    this.#leader = undefined;
    this.start();
  }

  #setLink(link: LinkStatus): void {
    this.#link = link;
    this.#tab.linkChanged();
  }

  #takeHeld(): void {
    while (!this.#reading && this.#replica) {
      const message = this.#held.shift();
      if (!message) return;
      if (message.type === 'outcome') this.#tell(message);
      else if (!this.#observe(this.#replica, message.entries)) void this.#read();
    }
  }

  #observe(replica: EnginePort, entries: Extract<Held, { type: 'committed' }>['entries']): boolean {
    return entries.every(([key, bytes]) => replica.observe(key, bytes));
  }

  #tell({ id, outcome }: Extract<Held, { type: 'outcome' }>): void {
    if ('order' in outcome) return this.#tab.answered(id, outcome.order);
    const { code, message, ...fault } = outcome.refused;
    this.#tab.refused(id, new EngineError(code, message, fault));
  }

  /** Reads the store; what is heard meanwhile waits. */
  async #read(): Promise<void> {
    if (this.#reading) {
      this.#readAgain = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#readAgain = false;
        const fresh = await this.#tab.openReplica();
        if (this.#stopped) return fresh.close();
        this.#replica = fresh;
        this.#tab.show(fresh);
      } while (this.#readAgain);
    } catch (thrown) {
      // A replica that could not be read anew shows what it knew; the next commit that does not follow has it try again.
      if (!this.#stopped) this.#tab.failed(thrown);
    } finally {
      this.#reading = false;
    }
    if (!this.#stopped) this.#takeHeld();
  }
}
