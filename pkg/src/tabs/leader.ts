/** The writer's side of the channel: tells followers what is committed and carries out what they ask for. */
import { engineError } from '../engine_error.js';
import type { JournalEntry } from '../engine_port.js';
import type { LinkStatus, Signal } from '../seat.js';
import type { Refused, TabId, TabMessage, Term } from './messages.js';

/** What the leader needs of its tab. */
export interface LeaderTab {
  readonly id: TabId;
  readonly term: Term;
  post(message: TabMessage): void;
  /** Gives a command to the writing handle. */
  command(text: string, context: string): Promise<string>;
  /** Whether a refusal says that this tab is no longer the writer, so that the command is still to be carried out. */
  isTakenOver(thrown: unknown): boolean;
  signal(name: Signal): void;
  /** How the writer's link stands. */
  link(): LinkStatus;
}

/** Speaks for the tab that writes. Costs nothing while nobody follows. */
export class Leader {
  readonly #tab: LeaderTab;
  readonly #followers = new Set<TabId>();
  readonly #underWay = new Set<Promise<void>>();
  #lastLink = '';
  #stopped = false;

  constructor(tab: LeaderTab) {
    this.#tab = tab;
  }

  /** Tells every tab who writes now. */
  announce(): void {
    const { id: from, term } = this.#tab;
    this.#tab.post({ type: 'leads', from, term, link: this.#linkNow() });
  }

  hear(message: TabMessage): void {
    if (this.#stopped) return;
    switch (message.type) {
      case 'hello':
        this.#welcome(message.from);
        return;
      case 'bye':
        this.#followers.delete(message.from);
        return;
      case 'command':
        if (message.to === this.#tab.id && message.term === this.#tab.term) this.#carryOut(message);
        return;
      case 'signal':
        if (message.to === this.#tab.id) this.#tab.signal(message.name);
        return;
      case 'leads':
      case 'resigns':
      case 'committed':
      case 'link':
      case 'outcome':
        // Of another that believes to write: which of both is right, the lock and the store tell.
        return;
    }
  }

  /** A commit is durable. */
  committed(entries: readonly JournalEntry[]): void {
    if (this.#followers.size > 0 && entries.length > 0) {
      this.#tab.post({ type: 'committed', from: this.#tab.id, entries });
    }
  }

  /** The status is another one; followers hear of it where the link is. */
  statusChanged(): void {
    if (this.#stopped || this.#followers.size === 0) return;
    const before = this.#lastLink;
    const link = this.#linkNow();
    if (this.#lastLink === before) return;
    this.#tab.post({ type: 'link', from: this.#tab.id, link });
  }

  /** Takes no further command; resolves when those taken have their outcomes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#tab.post({ type: 'resigns', from: this.#tab.id });
    await Promise.all(this.#underWay);
  }

  #welcome(to: TabId): void {
    this.#followers.add(to);
    const { id: from, term } = this.#tab;
    this.#tab.post({ type: 'leads', from, to, term, link: this.#linkNow() });
  }

  /** The link, of which everyone who follows is about to hear. */
  #linkNow(): LinkStatus {
    const link = this.#tab.link();
    this.#lastLink = JSON.stringify(link);
    return link;
  }

  #carryOut({ from, id, text, context }: Extract<TabMessage, { type: 'command' }>): void {
    const answer = (outcome: { order: string } | { refused: Refused }): void =>
      this.#tab.post({ type: 'outcome', from: this.#tab.id, to: from, id, outcome });
    const answered = this.#tab.command(text, context).then(
      (order) => answer({ order }),
      (thrown: unknown) => {
        if (this.#tab.isTakenOver(thrown)) return;
        const { code, message, field, allowed } = engineError(thrown);
        answer({ refused: { code, message, field, allowed } });
      },
    );
    this.#underWay.add(answered);
    void answered.finally(() => this.#underWay.delete(answered));
  }
}
