/**
 * A browser of paper: tabs, their channel, their lock and their store, in which everything that takes time happens when the
 * test says so and in the order that chance draws. A killed tab falls silent at once: nothing of it is heard or stored later,
 * except what it had handed over before.
 */
import type { HeldLock, StoreLocks } from '../../../pkg/src/store_lock.ts';
import type { TabChannel, TabMessage } from '../../../pkg/src/tabs/messages.ts';
import type { TabOptions, TabSeat } from '../../../pkg/src/tabs/tab_seat.ts';
import type { EngineEvent } from '../../../pkg/src/types.ts';
import type { Chance } from '../kills/chance.ts';
import { openPaper, type PaperStore } from './paper_core.ts';

/** One tab. */
export interface PaperTab {
  readonly name: string;
  readonly heard: EngineEvent[];
  /** Resolves when the tab has sat down. */
  readonly seat: Promise<TabSeat>;
  alive: boolean;
}

interface Holder {
  readonly tab: PaperTab;
  readonly lose: () => void;
}

/** The browser. */
export class PaperBrowser {
  readonly entries = new Map<string, Uint8Array>();
  /** Messages handed over so far. */
  posted = 0;
  readonly #chance: Chance;
  readonly #TabSeat: typeof TabSeat;
  /** What will happen, in queues each of which keeps its order. */
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #ears = new Map<PaperTab, (message: TabMessage) => void>();
  #now = 0;
  #holder: Holder | undefined;
  #turns: { readonly tab: PaperTab; readonly grant: () => void }[] = [];

  constructor(chance: Chance, seat: typeof TabSeat) {
    this.#chance = chance;
    this.#TabSeat = seat;
  }

  open(name: string): PaperTab {
    const heard: EngineEvent[] = [];
    const tab = { name, heard, alive: true } as { -readonly [Part in keyof PaperTab]: PaperTab[Part] };
    const options: TabOptions = {
      deviceId: 'dev_paper',
      id: name,
      locks: this.#locksOf(tab),
      openChannel: (_name, hear) => this.#channelOf(tab, hear),
      openPort: (role, hooks) => openPaper(this.#storeOf(tab), name, role, hooks),
      closeStorage: () => Promise.resolve(),
      now: () => (this.#now += 1),
      notify: (event) => heard.push(event),
    };
    tab.seat = this.#TabSeat.open(options);
    return tab;
  }

  /** Ends a tab as a crash does. */
  kill(tab: PaperTab): void {
    tab.alive = false;
    this.#ears.delete(tab);
    this.#turns = this.#turns.filter((turn) => turn.tab !== tab);
    if (this.#holder?.tab === tab) this.#passOn();
  }

  /** Takes the lock away from whoever holds it and gives it to the next in turn. */
  steal(): void {
    const holder = this.#holder;
    if (holder && this.#turns.length > 0) {
      // Whoever is robbed hears of it no later than the thief has the lock.
      this.#later('lock', () => holder.lose());
      this.#passOn();
    }
  }

  /** Whether a tab holds the lock. */
  isHolder(tab: PaperTab): boolean {
    return this.#holder?.tab === tab;
  }

  /** Lets one thing happen; `false` where nothing is left to happen. */
  async step(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = [...this.#queues].filter(([, queue]) => queue.length > 0);
    if (waiting.length === 0) return false;
    const [, queue] = waiting[this.#chance.between(0, waiting.length - 1)] ?? [];
    queue?.shift()?.();
    return true;
  }

  /** Lets everything happen that is going to. */
  async settle(): Promise<void> {
    while (await this.step());
  }

  #later(queue: string, happen: () => void): void {
    const queued = this.#queues.get(queue) ?? [];
    queued.push(happen);
    this.#queues.set(queue, queued);
  }

  #channelOf(tab: PaperTab, hear: (message: TabMessage) => void): TabChannel {
    this.#ears.set(tab, hear);
    return {
      post: (message) => {
        if (!tab.alive) return;
        this.posted += 1;
        const copy = structuredClone(message);
        for (const other of this.#ears.keys()) {
          if (other !== tab) this.#later(`${tab.name} to ${other.name}`, () => this.#ears.get(other)?.(copy));
        }
      },
      close: () => this.#ears.delete(tab),
    };
  }

  #storeOf(tab: PaperTab): PaperStore {
    const whileAlive = <Value>(work: () => Value): Promise<Value> =>
      new Promise((resolve, reject) => {
        if (!tab.alive) return;
        // What was handed over before the tab died is stored or not, as chance has it.
        this.#later('store', () => {
          if (!tab.alive && this.#chance.oneOf([true, false])) return;
          try {
            const value = work();
            this.#later(`store's answer to ${tab.name}`, () => tab.alive && resolve(value));
          } catch (thrown) {
            this.#later(`store's answer to ${tab.name}`, () => tab.alive && reject(thrown));
          }
        });
      });
    return {
      create: (entries) =>
        whileAlive(() => {
          const taken = entries.find(([key]) => this.entries.has(key));
          if (taken) throw Object.assign(new Error(`${taken[0]} exists`), { code: 'KEY_EXISTS' });
          for (const [key, bytes] of entries) this.entries.set(key, bytes);
        }),
      read: () => whileAlive(() => [...this.entries].sort(([one], [other]) => (one < other ? -1 : 1))),
    };
  }

  #locksOf(tab: PaperTab): StoreLocks {
    return {
      take: () => Promise.resolve(this.#holder || this.#turns.length > 0 ? undefined : this.#grantTo(tab)),
      wait: (_name, signal) =>
        new Promise((resolve, reject) => {
          const grant = (): void => {
            const lock = this.#grantTo(tab);
            this.#later('lock', () => {
              // One that was granted and not yet told when the wait was ended goes to the next.
              if (signal.aborted) lock.release();
              else if (tab.alive) resolve(lock);
            });
          };
          const turn = { tab, grant };
          if (tab.alive) this.#turns.push(turn);
          signal.addEventListener('abort', () => {
            this.#turns = this.#turns.filter((other) => other !== turn);
            reject(signal.reason);
          });
          if (!this.#holder) this.#passOn();
        }),
    };
  }

  #grantTo(tab: PaperTab): HeldLock {
    let lose = (): void => undefined;
    const lost = new Promise<void>((resolve) => {
      lose = resolve;
    });
    const holder = { tab, lose };
    this.#holder = holder;
    return {
      lost,
      release: () => {
        if (this.#holder === holder) this.#passOn();
      },
    };
  }

  #passOn(): void {
    this.#holder = undefined;
    this.#turns.shift()?.grant();
  }
}
